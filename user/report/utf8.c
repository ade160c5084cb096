// SPDX-License-Identifier: GPL-2.0
#include "utf8.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t utf8_sequence(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t n = s[0] < 0x80			 ? 1
		   : s[0] >= 0xc2 && s[0] < 0xe0 ? 2
		   : (s[0] & 0xf0) == 0xe0	 ? 3
						 : 4;

	if (s[0] == 0 || (s[0] >= 0x80 && s[0] < 0xc2) || s[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	}
	/* overlong forms, surrogates, and what lies past U+10FFFF */
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

/* C1 controls (U+0080..U+009F) move cursors just as C0 ones do. */
static bool is_control(const char *s, size_t n)
{
	unsigned char c = (unsigned char)s[0];

	return (n == 1 && (c < 0x20 || c == 0x7f)) ||
	       (n == 2 && c == 0xc2 && (unsigned char)s[1] < 0xa0);
}

const char *utf8_shown(const char *s, char *buf, size_t size)
{
	size_t have = 0;

	while (*s) {
		size_t n = utf8_sequence(s);

		if (n == 0 || is_control(s, n)) {
			if (have + 5 > size)
				break;
			have += (size_t)snprintf(buf + have, size - have, "\\x%02x",
						 (unsigned char)*s);
			s++;
			continue;
		}
		if (have + n + 1 > size)
			break;
		memcpy(buf + have, s, n);
		have += n;
		s += n;
	}
	buf[have] = '\0';
	return buf;
}

json_t *utf8_json(const char *s)
{
	json_t *whole = json_string(s);

	if (whole)
		return whole;
	char *copy = malloc(strlen(s) * 3 + 1);
	size_t have = 0;

	if (!copy)
		return NULL;
	while (*s) {
		size_t n = utf8_sequence(s);

		memcpy(copy + have, n ? s : "\xef\xbf\xbd", n ? n : 3);
		have += n ? n : 3;
		s += n ? n : 1;
	}
	whole = json_stringn(copy, have);
	free(copy);
	return whole;
}
