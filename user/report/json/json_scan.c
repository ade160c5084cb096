// SPDX-License-Identifier: GPL-2.0
#include "json_scan.h"

#include <errno.h>
#include <string.h>

#include "../utf8.h"

enum step { MORE, DONE, BAD };

struct scan {
	const char *at, *end;
	struct json_member *wanted;
	size_t n_wanted;
	const char *why;
};

struct span {
	const char *at;
	size_t size;
};

static enum step value(struct scan *s, size_t depth, const struct span *name);

static enum step bad(struct scan *s, const char *why)
{
	s->why = why;
	return BAD;
}

/* The next character that is not white space, without taking it; '\0' at the end. */
static char peek(struct scan *s)
{
	while (s->at < s->end &&
	       (*s->at == ' ' || *s->at == '\n' || *s->at == '\r' || *s->at == '\t'))
		s->at++;
	if (s->at == s->end)
		return '\0';
	return *s->at ? *s->at : '\1'; /* a zero byte is nothing that JSON knows, either */
}

/* ---- Strings ---- */

static int hex(const char *s)
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
			return bad(s, "a string has a wrong escape");
		s->at++;
		return DONE;
	}
	if (left < 5)
		return MORE;
	high = hex(s->at + 1);
	s->at += 5;
	if (high <= 0 || (high >= 0xdc00 && high < 0xe000))
		return bad(s, "a string has a wrong escape");
	if (high < 0xd800 || high >= 0xdc00)
		return DONE;
	if (s->at < s->end && *s->at != '\\')
		return bad(s, "a string has a wrong escape");
	if (s->end - s->at < 6)
		return MORE;
	if (s->at[1] != 'u' || (hex(s->at + 2) & ~0x3ff) != 0xdc00)
		return bad(s, "a string has a wrong escape");
	s->at += 6;
	return DONE;
}

/* Behind the first quotation mark, and to behind the last. */
static enum step string(struct scan *s, struct span *ret)
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
			return bad(s, "a string has a control character");
		} else if (c < 0x80) {
			s->at++;
		} else {
			/* behind it come at least a quotation mark and a bracket */
			if (s->end - s->at < 4)
				return MORE;
			n = utf8_sequence(s->at);
			if (n == 0)
				return bad(s, "a string is not UTF-8");
			s->at += n;
		}
	}
	return MORE;
}

/* ---- Numbers and words ---- */

static size_t digits(struct scan *s)
{
	const char *begin = s->at;

	while (s->at < s->end && *s->at >= '0' && *s->at <= '9')
		s->at++;
	return (size_t)(s->at - begin);
}

/* What ends a number is not a part of it, and comes: it is in an object. */
static enum step number(struct scan *s)
{
	const char *begin;
	size_t n;

	if (*s->at == '-')
		s->at++;
	begin = s->at;
	n = digits(s);
	if (s->at < s->end && (n == 0 || (n > 1 && *begin == '0')))
		return bad(s, "a number is wrong");
	if (s->at < s->end && *s->at == '.') {
		s->at++;
		if (digits(s) == 0 && s->at < s->end)
			return bad(s, "a number is wrong");
	}
	if (s->at < s->end && (*s->at | 0x20) == 'e') {
		s->at++;
		if (s->at < s->end && (*s->at == '+' || *s->at == '-'))
			s->at++;
		if (digits(s) == 0 && s->at < s->end)
			return bad(s, "a number is wrong");
	}
	return s->at < s->end ? DONE : MORE;
}

static enum step word(struct scan *s, const char *which)
{
	for (; *which; which++, s->at++) {
		if (s->at == s->end)
			return MORE;
		if (*s->at != *which)
			return bad(s, "a value is wrong");
	}
	return DONE;
}

/* ---- Objects and arrays ---- */

static bool is(const struct span *span, const char *name)
{
	return strlen(name) == span->size && memcmp(span->at, name, span->size) == 0;
}

/* The wanted member of this name; names with escapes are none that we write. */
static struct json_member *find(const struct scan *s, size_t depth, const struct span *object,
				const struct span *name)
{
	for (size_t i = 0; depth <= 2 && i < s->n_wanted; i++) {
		struct json_member *m = &s->wanted[i];

		if (is(name, m->name) &&
		    (depth == 1 ? !m->in : m->in && object && is(object, m->in)))
			return m;
	}
	return NULL;
}

static enum step keep(struct scan *s, struct json_member *m, const char *begin)
{
	bool is_text = *begin == '"';

	if (m->type != JSON_SCAN_MISSING)
		return bad(s, "a member is there twice");
	m->type = is_text					      ? JSON_SCAN_TEXT
		  : *begin == '-' || (*begin >= '0' && *begin <= '9') ? JSON_SCAN_NUMBER
								      : JSON_SCAN_OTHER;
	m->at = begin + is_text;
	m->size = (size_t)(s->at - begin) - 2 * (size_t)is_text;
	return DONE;
}

/* depth: of the object that it is in; object: that one's name, if it is a member itself. */
static enum step member(struct scan *s, size_t depth, const struct span *object)
{
	struct json_member *m;
	const char *begin;
	struct span name;
	enum step step;
	char c = peek(s);

	if (c != '"')
		return c ? bad(s, "a name is missing") : MORE;
	s->at++;
	step = string(s, &name);
	if (step != DONE)
		return step;
	c = peek(s);
	if (c != ':')
		return c ? bad(s, "a colon is missing") : MORE;
	s->at++;
	peek(s);
	begin = s->at;
	step = value(s, depth, &name);
	if (step != DONE)
		return step;
	m = find(s, depth, object, &name);
	return m ? keep(s, m, begin) : DONE;
}

/* Behind the first bracket, and to behind the last. */
static enum step members(struct scan *s, char close, size_t depth, const struct span *object)
{
	enum step step;
	char c = peek(s);

	if (depth > JSON_SCAN_DEPTH)
		return bad(s, "it is too deep");
	if (c == close) {
		s->at++;
		return DONE;
	}
	for (;;) {
		step = close == '}' ? member(s, depth, object) : value(s, depth, NULL);
		if (step != DONE)
			return step;
		c = peek(s);
		if (c == '\0')
			return MORE;
		s->at++;
		if (c == close)
			return DONE;
		if (c != ',')
			return bad(s, "a comma or a bracket is missing");
	}
}

/* name: of the member that it is; NULL in an array. */
static enum step value(struct scan *s, size_t depth, const struct span *name)
{
	struct span span;
	char c = peek(s);

	switch (c) {
	case '\0':
		return MORE;
	case '"':
		s->at++;
		return string(s, &span);
	case '{':
	case '[':
		s->at++;
		return members(s, c == '{' ? '}' : ']', depth + 1, name);
	case 't':
		return word(s, "true");
	case 'f':
		return word(s, "false");
	case 'n':
		return word(s, "null");
	default:
		return c == '-' || (c >= '0' && c <= '9') ? number(s) : bad(s, "a value is wrong");
	}
}

int json_scan(const char *text, size_t size, struct json_member *wanted, size_t n_wanted,
	      size_t *ret_size, const char **ret_why)
{
	struct scan s = {.at = text, .end = text + size, .wanted = wanted, .n_wanted = n_wanted};
	enum step step;

	for (size_t i = 0; i < n_wanted; i++)
		wanted[i].type = JSON_SCAN_MISSING;
	if (size == 0)
		return 0;
	step = *text == '{' ? value(&s, 0, NULL) : bad(&s, "it is no JSON object");
	*ret_size = (size_t)(s.at - text);
	*ret_why = s.why;
	return step == BAD ? -EBADMSG : step == DONE;
}
