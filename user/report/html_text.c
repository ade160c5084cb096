// SPDX-License-Identifier: GPL-2.0
#include "html_text.h"

#include <string.h>

#include "utf8.h"

static const char *entity(char c)
{
	static const struct {
		char c;
		const char *entity;
	} entities[] = {{'<', "&lt;"},	 {'>', "&gt;"},	  {'&', "&amp;"},
			{'"', "&quot;"}, {'\'', "&#39;"}, {'\n', "\n"}};

	for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++) {
		if (entities[i].c == c)
			return entities[i].entity;
	}
	return NULL;
}

void html_escaped(FILE *out, const char *s)
{
	while (*s) {
		const char *as = entity(*s);
		size_t n = as ? 1 : utf8_harmless(s);

		if (as)
			fputs(as, out);
		else if (n)
			fwrite(s, 1, n, out);
		else
			fprintf(out, "\\x%02x", (unsigned char)*s);
		s += n ? n : 1;
	}
}
