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

/*
 * What does not show itself but changes what is around it. C1 controls (U+0080
 * to U+009F) move cursors just as C0 ones do; the line separators U+2028 and
 * U+2029 break lines; the marks of direction (U+061C, U+200E and F, U+202A to E,
 * U+2066 to 9) make the rest of a line read backwards.
 */
static bool is_control(const char *s, size_t n)
{
	const unsigned char *c = (const unsigned char *)s;

	if (n == 1)
		return c[0] < 0x20 || c[0] == 0x7f;
	if (n == 2)
		return (c[0] == 0xc2 && c[1] < 0xa0) || (c[0] == 0xd8 && c[1] == 0x9c);
	if (n != 3 || c[0] != 0xe2)
		return false;
	return (c[1] == 0x80 && (c[2] == 0x8e || c[2] == 0x8f || (c[2] >= 0xa8 && c[2] <= 0xae))) ||
	       (c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9);
}

size_t utf8_harmless(const char *s)
{
	size_t n = utf8_sequence(s);

	return n && !is_control(s, n) ? n : 0;
}

const char *utf8_shown(const char *s, char *buf, size_t size)
{
	size_t have = 0;

	while (*s) {
		size_t n = utf8_harmless(s);

		if (n == 0) {
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

void utf8_put(FILE *out, const char *s)
{
	while (*s) {
		size_t n = utf8_harmless(s);

		if (n)
			fwrite(s, 1, n, out);
		else
			fprintf(out, "\\x%02x", (unsigned char)*s);
		s += n ? n : 1;
	}
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
