// SPDX-License-Identifier: GPL-2.0
/* The values of members that json_scan() found; it has checked their escapes. */
#include <string.h>

#include "../utf8.h"
#include "json_scan_private.h"

static size_t put_utf8(char *out, uint32_t c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

/* One character, with or without an escape. Returns its length in the text. */
static size_t take(const char *s, char out[4], size_t *ret_n)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	const char *plain;
	uint32_t c;

	if (*s != '\\') {
		*ret_n = (unsigned char)*s < 0x80 ? 1 : utf8_sequence(s);
		memcpy(out, s, *ret_n);
		return *ret_n;
	}
	if (s[1] != 'u') {
		plain = s[1] == '"' ? NULL : strchr(from, s[1]);
		out[0] = plain ? to[plain - from] : s[1];
		*ret_n = 1;
		return 2;
	}
	c = (uint32_t)json_hex(s + 2);
	if (c < 0xd800 || c >= 0xdc00) {
		*ret_n = put_utf8(out, c);
		return 6;
	}
	*ret_n = put_utf8(out, 0x10000 + ((c & 0x3ff) << 10 | ((uint32_t)json_hex(s + 8) & 0x3ff)));
	return 12;
}

/* How much of it is as it will be: a report within a text is long. */
static size_t plain_run(const char *s, size_t n)
{
	size_t i = 0;

	while (i < n && s[i] != '\\')
		i++;
	return i;
}

bool json_member_text(const struct json_member *m, char *buf, size_t size)
{
	size_t have = 0, n = 0, at = 0;
	char one[4];

	buf[0] = '\0';
	if (m->type != JSON_SCAN_TEXT)
		return false;
	while (at < m->size) {
		n = plain_run(m->at + at, m->size - at);
		if (n && have + n + 1 <= size) {
			memcpy(buf + have, m->at + at, n);
			have += n;
			at += n;
			continue;
		}
		at += take(m->at + at, one, &n);
		if (have + n + 1 > size)
			break;
		memcpy(buf + have, one, n);
		have += n;
	}
	buf[have] = '\0';
	return true;
}

bool json_member_number(const struct json_member *m, uint64_t max, uint64_t *ret)
{
	uint64_t n = 0;

	if (m->type != JSON_SCAN_NUMBER)
		return false;
	for (size_t i = 0; i < m->size; i++) {
		char c = m->at[i];

		if (c < '0' || c > '9' || n > (max - (uint64_t)(c - '0')) / 10)
			return false;
		n = n * 10 + (uint64_t)(c - '0');
	}
	*ret = n;
	return n <= max;
}
