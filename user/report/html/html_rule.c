// SPDX-License-Identifier: GPL-2.0
/* The few marks of Markdown that page.h allows, as HTML. */
#include <string.h>

#include "html_parts.h"

enum block { BLOCK_NONE, BLOCK_PARAGRAPH, BLOCK_LIST, BLOCK_DRAWING };

struct writing {
	FILE *out;
	enum block block; /* that is open */
};

static void begin(struct writing *w, enum block block)
{
	static const char *const ends[] = {"", "</p>\n", "</li></ul>\n", "</pre>\n"};
	static const char *const begins[] = {
		"", "<p>", "<ul><li>",
		"<pre tabindex=\"0\" role=\"group\" aria-label=\"drawing or commands\">"};

	fputs(ends[w->block], w->out);
	fputs(begins[block], w->out);
	w->block = block;
}

/* Words between backticks are code. */
static void prose(FILE *out, const char *line, size_t n)
{
	bool code = false;

	while (n) {
		const char *tick = memchr(line, '`', n);
		size_t part = tick ? (size_t)(tick - line) : n;

		html_escaped_n(out, line, part);
		if (!tick)
			return;
		code = !code;
		fputs(code ? "<code>" : "</code>", out);
		line += part + 1;
		n -= part + 1;
	}
}

static void heading(struct writing *w, const char *line, size_t n)
{
	begin(w, BLOCK_NONE);
	fputs("<h4>", w->out);
	html_escaped_n(w->out, line, n);
	fputs("</h4>\n", w->out);
}

static void in_drawing(struct writing *w, const char *line, size_t n)
{
	if (n >= 3 && strncmp(line, "```", 3) == 0) {
		begin(w, BLOCK_NONE);
		return;
	}
	html_escaped_n(w->out, line, n);
	fputc('\n', w->out);
}

static void text_line(struct writing *w, const char *line, size_t n)
{
	if (n == 0) {
		begin(w, BLOCK_NONE);
	} else if (n >= 3 && strncmp(line, "```", 3) == 0) {
		begin(w, BLOCK_DRAWING);
	} else if (*line == '#') {
		heading(w, line + strspn(line, "# "), n - strspn(line, "# "));
	} else if (*line == '*' && w->block == BLOCK_LIST) {
		fputs("</li>\n<li>", w->out);
		prose(w->out, line + 2, n - 2);
	} else if (*line == '*') {
		begin(w, BLOCK_LIST);
		prose(w->out, line + 2, n - 2);
	} else {
		if (w->block == BLOCK_NONE || (w->block == BLOCK_LIST && *line != ' '))
			begin(w, BLOCK_PARAGRAPH);
		else
			fputc('\n', w->out);
		prose(w->out, line, n);
	}
}

void html_rule_page(FILE *out, const struct page *page)
{
	struct writing w = {.out = out};
	/* its title is what it is unfolded by */
	const char *line = page->text + strcspn(page->text, "\n"), *next;

	for (line += *line == '\n'; *line; line = next) {
		size_t n = strcspn(line, "\n");

		next = line + n + (line[n] == '\n');
		if (w.block == BLOCK_DRAWING)
			in_drawing(&w, line, n);
		else
			text_line(&w, line, n);
	}
	begin(&w, BLOCK_NONE);
}
