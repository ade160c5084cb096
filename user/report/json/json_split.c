// SPDX-License-Identifier: GPL-2.0
#include "json_split.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

static int next_char(struct json_split *s)
{
	int c = getc_unlocked(s->in);

	s->now += c == '\n';
	return c;
}

static int append(struct json_split *s, char c)
{
	if (s->size == s->room) {
		size_t room = s->room ? s->room * 2 : 65536;
		char *text = s->room >= JSON_SPLIT_MAX ? NULL : realloc(s->text, room);

		if (!text)
			return s->room >= JSON_SPLIT_MAX ? -EFBIG : -ENOMEM;
		s->text = text;
		s->room = room;
	}
	s->text[s->size++] = c;
	return 0;
}

/* To its last bracket: those in strings do not count. */
static int read_object(struct json_split *s)
{
	bool string = false, escaped = false;
	size_t depth = 1;
	int err = 0, c;

	while (!err && depth > 0 && (c = next_char(s)) != EOF) {
		if (string) {
			string = escaped || c != '"';
			escaped = !escaped && c == '\\';
		} else {
			string = c == '"';
			depth += c == '{' || c == '[';
			depth -= c == '}' || c == ']';
		}
		err = append(s, (char)c);
	}
	return err ? err : depth ? -EBADMSG : 1;
}

int json_split_next(struct json_split *s, const char **ret, size_t *ret_size)
{
	int c, r;

	s->now += !s->now;
	do {
		c = next_char(s);
	} while (c == ' ' || c == '\t' || c == '\r' || c == '\n');
	s->line = s->now;
	s->size = 0;
	if (c == EOF)
		return ferror(s->in) ? -EIO : 0;
	if (c != '{')
		return -EMEDIUMTYPE;
	r = append(s, '{');
	if (!r)
		r = read_object(s);
	if (r == -EBADMSG && ferror(s->in))
		return -EIO;
	*ret = s->text;
	*ret_size = s->size;
	return r;
}

void json_split_free(struct json_split *s)
{
	free(s->text);
	s->text = NULL;
	s->size = s->room = 0;
}
