// SPDX-License-Identifier: GPL-2.0
#include "page.h"

#include <string.h>

#include "text_parts.h"

static const char fence[] = "```";

const struct page *page_find(const char *rule)
{
	for (const struct page *p = rule_pages; p->rule; p++) {
		if (!strcmp(p->rule, rule))
			return p;
	}
	return NULL;
}

const char *page_title(const struct page *p, size_t *ret_n)
{
	const char *title = strstr(p->text, ": ");

	title = title ? title + 2 : p->text;
	*ret_n = strcspn(title, "\n");
	return title;
}

/* Without colours the backticks stay: something has to tell code apart. */
static void prose(const struct render *out, const char *line, size_t n)
{
	bool code = false;

	for (size_t i = 0; i < n; i++) {
		if (line[i] != '`' || !out->options.color) {
			fputc(line[i], out->out);
			continue;
		}
		code = !code;
		fputs(code ? text_on(out, STYLE_STRONG) : text_off(out), out->out);
	}
}

static void heading(const struct render *out, const char *line, size_t n)
{
	fprintf(out->out, "%s%.*s%s", text_on(out, STYLE_STRONG), (int)n, line, text_off(out));
}

void page_print(const struct render *out, const struct page *p)
{
	bool verbatim = false;

	for (const char *line = p->text, *next; *line; line = next) {
		size_t n = strcspn(line, "\n");
		size_t marks = verbatim ? 0 : strspn(line, "#");

		next = line + n + (line[n] == '\n');
		if (!strncmp(line, fence, sizeof(fence) - 1)) {
			verbatim = !verbatim;
			continue;
		}
		if (marks)
			heading(out, line + marks + 1, n - marks - 1);
		else if (verbatim && n)
			fprintf(out->out, "    %.*s", (int)n, line);
		else
			prose(out, line, n);
		fputc('\n', out->out);
	}
}
