// SPDX-License-Identifier: GPL-2.0
/* Strings and numbers: what is in none of the others. */
#include <string.h>

#include "../utf8.h"
#include "json_scan_private.h"

enum step scan_bad(struct scan *s, const char *why)
{
	s->why = why;
	return BAD;
}

int json_hex(const char *s)
{
	int n = 0;

	for (int i = 0; i < 4; i++) {
		char c = s[i];

		if (c >= '0' && c <= '9')
			n = n << 4 | (c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			n = n << 4 | ((c | 0x20) - 'a' + 10);
		else
			return -1;
	}
	return n;
}

/* Behind a backslash. A half of a pair stands for nothing; a zero ends what is read as C text. */
static enum step escape(struct scan *s)
{
	size_t left = (size_t)(s->end - s->at);
	int high;

	if (left < 1)
		return MORE;
	if (*s->at != 'u') {
		/* of a report within a text, nearly all are quotation marks */
		if (*s->at != '"' && (!*s->at || !strchr("\\/bfnrt", *s->at)))
			return scan_bad(s, "a string has a wrong escape");
		s->at++;
		return DONE;
	}
	if (left < 5)
		return MORE;
	high = json_hex(s->at + 1);
	s->at += 5;
	if (high <= 0 || (high >= 0xdc00 && high < 0xe000))
		return scan_bad(s, "a string has a wrong escape");
	if (high < 0xd800 || high >= 0xdc00)
		return DONE;
	if (s->at < s->end && *s->at != '\\')
		return scan_bad(s, "a string has a wrong escape");
	if (s->end - s->at < 6)
		return MORE;
	if (s->at[1] != 'u' || (json_hex(s->at + 2) & ~0x3ff) != 0xdc00)
		return scan_bad(s, "a string has a wrong escape");
	s->at += 6;
	return DONE;
}

enum step scan_string(struct scan *s, struct span *ret)
{
	const char *begin = s->at;

	while (s->at < s->end) {
		unsigned char c = (unsigned char)*s->at;
		enum step step;
		size_t n;

		if (c == '"') {
			*ret = (struct span){begin, (size_t)(s->at - begin)};
			s->at++;
			return DONE;
		}
		if (c == '\\') {
			s->at++;
			step = escape(s);
			if (step != DONE)
				return step;
		} else if (c < 0x20) {
			return scan_bad(s, "a string has a control character");
		} else if (c < 0x80) {
			s->at++;
		} else {
			/* behind it come at least a quotation mark and a bracket */
			if (s->end - s->at < 4)
				return MORE;
			n = utf8_sequence(s->at);
			if (n == 0)
				return scan_bad(s, "a string is not UTF-8");
			s->at += n;
		}
	}
	return MORE;
}

static size_t digits(struct scan *s)
{
	const char *begin = s->at;

	while (s->at < s->end && *s->at >= '0' && *s->at <= '9')
		s->at++;
	return (size_t)(s->at - begin);
}

/* What ends a number is not a part of it, and comes: it is in an object. */
enum step scan_number(struct scan *s)
{
	const char *begin;
	size_t n;

	if (*s->at == '-')
		s->at++;
	begin = s->at;
	n = digits(s);
	if (s->at < s->end && (n == 0 || (n > 1 && *begin == '0')))
		return scan_bad(s, "a number is wrong");
	if (s->at < s->end && *s->at == '.') {
		s->at++;
		if (digits(s) == 0 && s->at < s->end)
			return scan_bad(s, "a number is wrong");
	}
	if (s->at < s->end && (*s->at | 0x20) == 'e') {
		s->at++;
		if (s->at < s->end && (*s->at == '+' || *s->at == '-'))
			s->at++;
		if (digits(s) == 0 && s->at < s->end)
			return scan_bad(s, "a number is wrong");
	}
	return s->at < s->end ? DONE : MORE;
}
