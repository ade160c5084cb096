// SPDX-License-Identifier: GPL-2.0
#include "html_text.h"

#include <stdint.h>
#include <string.h>

#include "../utf8.h"
#include "../words.h"

static const char *entity(char c)
{
	static const struct {
		char c;
		const char *entity;
	} entities[] = {
		{'<', "&lt;"}, {'>', "&gt;"}, {'&', "&amp;"}, {'"', "&quot;"}, {'\'', "&#39;"}};

	for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++) {
		if (entities[i].c == c)
			return entities[i].entity;
	}
	return NULL;
}

void html_escaped_n(FILE *out, const char *s, size_t n)
{
	for (const char *end = s + n; s < end && *s;) {
		const char *as = entity(*s);
		size_t length = as ? 1 : utf8_harmless(s);

		if (as)
			fputs(as, out);
		else if (length)
			fwrite(s, 1, length, out);
		else
			fprintf(out, "\\x%02x", (unsigned char)*s);
		s += length ? length : 1;
	}
}

void html_escaped(FILE *out, const char *s)
{
	if (!s)
		s = "?";
	html_escaped_n(out, s, strlen(s));
}

void html_tagged(FILE *out, const char *tag, const char *text)
{
	fprintf(out, "<%s>", tag);
	html_escaped(out, text);
	fprintf(out, "</%s>", tag);
}

void html_name(FILE *out, const char *name)
{
	html_tagged(out, "bdi", name);
}

/* Letters past U+1100 may be twice as wide as Latin ones: it does no harm to think so of all. */
static size_t columns_of(const char *s)
{
	return (unsigned char)*s >= 0xe1 ? 2 : 1;
}

void html_clipped(FILE *out, const char *s, size_t columns)
{
	char all[WORDS * 2];
	size_t n = 0, fits = 0, used = 0;

	utf8_shown(s, all, sizeof(all));
	while (all[n]) {
		used += columns_of(all + n);
		n += utf8_sequence(all + n);
		if (used < columns)
			fits = n;
	}
	/* the last column is for the dots, unless that was all */
	html_escaped_n(out, all, used > columns ? fits : n);
	if (used > columns)
		fputs("…", out);
}
