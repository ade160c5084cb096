// SPDX-License-Identifier: GPL-2.0
#include "json_stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM (1UL << 20)

/* Makes room behind what is still needed. */
static int make_room(struct json_stream *s)
{
	size_t room = s->room ? s->room * 2 : FIRST_ROOM;
	char *buf;

	if (s->begin > 0) {
		memmove(s->buf, s->buf + s->begin, s->end - s->begin);
		s->end -= s->begin;
		s->begin = 0;
	}
	if (s->end < s->room)
		return 0;
	if (s->room >= JSON_STREAM_MAX)
		return -EFBIG;
	buf = realloc(s->buf, room);
	if (!buf)
		return -ENOMEM;
	s->buf = buf;
	s->room = room;
	return 0;
}

/* Until it is full: so an object is scanned again only when there is twice as much of it. */
static int fill(struct json_stream *s)
{
	int err = make_room(s);

	while (!err && !s->eof && s->end < s->room) {
		ssize_t n = s->read(s->from, s->buf + s->end, s->room - s->end);

		/* what was read before an error is used first */
		if (n > 0)
			s->end += (size_t)n;
		else
			s->eof = true;
		/* -EBADMSG would be a broken line, to go on after, for ever */
		s->failed = n == -EBADMSG ? -EIO : n < 0 ? (int)n : 0;
	}
	return err;
}

/* What comes next, without taking it. Returns 1; 0 at the end; or -errno. */
static int peek(struct json_stream *s, char *ret)
{
	int err = s->begin == s->end && !s->eof ? fill(s) : 0;

	if (err || s->begin == s->end)
		return err ? err : s->failed;
	*ret = s->buf[s->begin];
	return 1;
}

static int skip_space(struct json_stream *s)
{
	char c = '\0';
	int r;

	while ((r = peek(s, &c)) > 0 && (c == ' ' || c == '\t' || c == '\r' || c == '\n')) {
		s->now += c == '\n';
		s->begin++;
	}
	return r;
}

/* However long it is, it is not kept. */
static int skip_line(struct json_stream *s)
{
	char c;
	int r;

	while ((r = peek(s, &c)) > 0) {
		const char *newline = memchr(s->buf + s->begin, '\n', s->end - s->begin);

		if (newline) {
			s->begin = (size_t)(newline + 1 - s->buf);
			s->now++;
			return 0;
		}
		s->begin = s->end;
	}
	return r;
}

/* The line that is broken, and those that can only be the rest of it. */
static int skip_broken(struct json_stream *s, const char *why)
{
	char c = '\0';
	int r;

	s->why = why;
	do {
		r = skip_line(s);
		if (r == 0)
			r = peek(s, &c);
	} while (r > 0 && (c == ' ' || c == '\t' || c == '}' || c == ']'));
	return r < 0 ? r : -EBADMSG;
}

static void count_lines(struct json_stream *s)
{
	const char *at = s->object, *end = s->object + s->size;

	while ((at = memchr(at, '\n', (size_t)(end - at)))) {
		s->now++;
		at++;
	}
}

void json_stream_start(struct json_stream *s)
{
	s->begin = s->end = 0;
	s->now = 1;
	s->eof = false;
	s->failed = 0;
}

int json_stream_next(struct json_stream *s, struct json_member *wanted, size_t n_wanted)
{
	const char *why = NULL;
	int r = skip_space(s);

	s->line = s->now;
	while (r > 0) {
		r = json_scan(s->buf + s->begin, s->end - s->begin, wanted, n_wanted, &s->size,
			      &why);
		if (r > 0) {
			s->object = s->buf + s->begin;
			s->begin += s->size;
			count_lines(s);
			return 1;
		}
		if (r < 0)
			return skip_broken(s, why);
		if (s->failed)
			return s->failed;
		if (s->eof)
			return skip_broken(s, "it ends in the middle");
		r = fill(s);
		if (r == -EFBIG)
			return skip_broken(s, "it is too large");
		r = r < 0 ? r : 1;
	}
	return r;
}

void json_stream_free(struct json_stream *s)
{
	free(s->buf);
	s->buf = NULL;
	s->room = 0;
}
