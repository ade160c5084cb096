// SPDX-License-Identifier: GPL-2.0
#include "json_scan_private.h"

#include <errno.h>
#include <string.h>

static enum step value(struct scan *s, size_t depth, const struct span *name);

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

static enum step word(struct scan *s, const char *which)
{
	for (; *which; which++, s->at++) {
		if (s->at == s->end)
			return MORE;
		if (*s->at != *which)
			return scan_bad(s, "a value is wrong");
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
		return scan_bad(s, "a member is there twice");
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
		return c ? scan_bad(s, "a name is missing") : MORE;
	s->at++;
	step = scan_string(s, &name);
	if (step != DONE)
		return step;
	c = peek(s);
	if (c != ':')
		return c ? scan_bad(s, "a colon is missing") : MORE;
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
		return scan_bad(s, "it is too deep");
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
			return scan_bad(s, "a comma or a bracket is missing");
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
		return scan_string(s, &span);
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
		return c == '-' || (c >= '0' && c <= '9') ? scan_number(s)
							  : scan_bad(s, "a value is wrong");
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
	step = *text == '{' ? value(&s, 0, NULL) : scan_bad(&s, "it is no JSON object");
	*ret_size = (size_t)(s.at - text);
	*ret_why = s.why;
	return step == BAD ? -EBADMSG : step == DONE;
}
