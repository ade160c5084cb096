// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "code_path.h"

struct reading {
	const char *s;
	struct code_path *to;
	size_t n; /* of to->text, with the part that is being read */
	size_t begin;
};

/* Behind what begins here with an opening bracket; its end if it never closes. */
static const char *skip(const char *s, char open, char close)
{
	int depth = 0;

	for (; *s; s++) {
		if (*s == open)
			depth++;
		/* "->" closes nothing */
		else if (*s == close && (close != '>' || s[-1] != '-') && --depth == 0)
			return s + 1;
	}
	return s;
}

static void put(struct reading *r, char c)
{
	if (r->n + 1 < sizeof(r->to->text))
		r->to->text[r->n++] = c;
}

/* Ends the part that is being read; one without a name is none. */
static void end_part(struct reading *r)
{
	struct code_path *p = r->to;

	if (r->n == r->begin) {
		if (p->n)
			r->n = r->begin = p->end[p->n - 1];
		return;
	}
	if (p->n < CODE_PATH_MAX)
		p->end[p->n++] = r->n;
	r->begin = r->n;
}

static void begin_part(struct reading *r)
{
	end_part(r);
	if (r->to->n) {
		put(r, ':');
		put(r, ':');
	}
	r->begin = r->n;
}

static void start_over(struct reading *r)
{
	r->to->n = 0;
	r->n = r->begin = 0;
}

/* "operator()", "operator<": signs that are brackets anywhere else. */
static const char *take_operator(struct reading *r, const char *s)
{
	size_t n = r->n - r->begin;

	if (n < 8 || memcmp(r->to->text + r->n - 8, "operator", 8) != 0)
		return s;
	if (s[0] == '(' && s[1] == ')') {
		put(r, '(');
		put(r, ')');
		return s + 2;
	}
	for (; *s && strchr("<>=+-*/!&|^~%,[]", *s); s++)
		put(r, *s);
	return s;
}

/* A type in pointed brackets, "<T as Trait>": T is what counts. Returns what is behind it. */
static const char *open_type(struct reading *r, const char *s, char *buf, size_t size)
{
	const char *behind = skip(s, '<', '>');
	size_t n = 0;
	int depth = 0;

	for (const char *t = s + 1; t + 1 < behind && n + 1 < size; t++) {
		if (*t == '<' || *t == '(')
			depth++;
		if (*t == '>' || *t == ')')
			depth--;
		if (!depth && strncmp(t, " as ", 4) == 0)
			break;
		buf[n++] = *t;
	}
	buf[n] = '\0';
	(void)r;
	return behind;
}

static void read_name(struct reading *r, const char *s)
{
	while (*s) {
		s = take_operator(r, s);
		if (s[0] == ':' && s[1] == ':') {
			begin_part(r);
			s += 2;
		} else if (*s == '<') {
			s = skip(s, '<', '>');
		} else if (*s == '{') {
			s = skip(s, '{', '}');
		} else if (strncmp(s, "(anonymous namespace)", 21) == 0) {
			s += 21;
		} else if (*s == '(' || *s == '[' || *s == '@' || *s == '.') {
			break; /* parameters, "[clone .part.0]" */
		} else if (*s == ' ') {
			start_over(r); /* what was before is what it returns */
			s++;
		} else if (*s == '&' || *s == '*') {
			s++;
		} else if (*s) {
			put(r, *s++);
		}
	}
}

bool code_path_of(const char *symbol, struct code_path *ret)
{
	struct reading r = {.s = symbol, .to = ret};
	char type[256] = "";

	ret->n = 0;
	ret->text[0] = '\0';
	if (!symbol)
		return false;
	if (symbol[0] == '<') {
		symbol = open_type(&r, symbol, type, sizeof(type));
		/* of a type that is in brackets itself nothing is known */
		if (type[0] != '<')
			read_name(&r, type);
	}
	read_name(&r, symbol);
	end_part(&r);
	ret->text[ret->n ? ret->end[ret->n - 1] : 0] = '\0';
	return ret->n > 0;
}

size_t code_path_part(const struct code_path *p, size_t i, const char **ret)
{
	size_t begin = i ? p->end[i - 1] + 2 : 0;

	*ret = p->text + begin;
	return p->end[i] - begin;
}

bool code_path_part_is(const struct code_path *p, size_t i, const char *name)
{
	const char *part;
	size_t n = code_path_part(p, i, &part);

	return strlen(name) == n && memcmp(part, name, n) == 0;
}

bool code_path_within(const struct code_path *p, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(p->text, prefix, n) == 0 && strncmp(p->text + n, "::", 2) == 0;
}
