// SPDX-License-Identifier: GPL-2.0
/*
 * A trace is read twice: first to see that all of it is good, then to feed it.
 * So a damaged one gives an error and not half of a report. The first time an
 * engine that tells nobody takes the facts: it alone knows whether they come in
 * an order that makes sense.
 */
#include "trace.h"

#include <errno.h>
#include <stdlib.h>

#include "../core/engine.h"
#include "codec.h"

/* A line of a megabyte would be a stack of thousands of frames; this is a bound, not a plan. */
#define LINE_MAX_BYTES (16UL << 20)

struct reading {
	FILE *in;
	const struct fact_sink *sink;
	bool checking; /* an error of the sink is one of the trace */
	struct trace_error error;
	char *line;
	size_t length, room;
	uint64_t facts;
	bool ended;
};

static int damaged(struct reading *r, const char *text)
{
	snprintf(r->error.text, sizeof(r->error.text), "%s", text);
	return -EBADMSG;
}

static int more_room(struct reading *r)
{
	size_t room = r->room ? r->room * 2 : 4096;
	char *line;

	if (r->room >= LINE_MAX_BYTES)
		return damaged(r, "a line is longer than 16 MiB");
	line = realloc(r->line, room);
	if (!line)
		return -ENOMEM;
	r->line = line;
	r->room = room;
	return 0;
}

/*
 * Returns 1 with a whole line (without its end), 0 at the end of the file, or
 * -errno. getline() is not for files of strangers: it would take in all of one
 * that has no end of line.
 */
static int next_line(struct reading *r)
{
	int c, err = 0;

	r->length = 0;
	r->error.line++;
	errno = 0;
	while ((c = getc_unlocked(r->in)) != EOF && c != '\n') {
		if (c == '\0')
			return damaged(r, "it holds binary data");
		if (r->length + 1 >= r->room)
			err = more_room(r);
		if (err)
			return err;
		r->line[r->length++] = (char)c;
	}
	if (ferror(r->in))
		return errno ? -errno : -EIO;
	if (c == EOF)
		return r->length ? damaged(r, "it ends within a line: it was truncated") : 0;
	return 1;
}

static json_t *parsed(const struct reading *r)
{
	return json_loadb(r->line, r->length, JSON_REJECT_DUPLICATES, NULL);
}

/* The first line decides what the file is, before anything is said about how it is. */
static int read_header(struct reading *r)
{
	int got = next_line(r);
	json_t *json = got == 1 ? parsed(r) : NULL;
	const json_t *version = json_object_get(json, "locktrace_trace");
	int err = 0;

	if (got < 0 && got != -EBADMSG)
		return got;
	if (!json_is_integer(version) || json_integer_value(version) < 1) {
		snprintf(r->error.text, sizeof(r->error.text), "this is not a trace of locktrace");
		err = -EMEDIUMTYPE;
	} else if (json_integer_value(version) > TRACE_VERSION) {
		snprintf(r->error.text, sizeof(r->error.text),
			 "it has version %lld of the format, this program reads up to %d: use a "
			 "newer locktrace",
			 (long long)json_integer_value(version), TRACE_VERSION);
		err = -EPROTONOSUPPORT;
	}
	json_decref(json);
	return err;
}

static int read_end(struct reading *r, const json_t *json)
{
	const json_t *facts = json_object_get(json, "facts");

	if (!json_is_integer(facts) || (uint64_t)json_integer_value(facts) != r->facts)
		return damaged(r, "lines are missing");
	r->ended = true;
	return 0;
}

static int read_fact(struct reading *r, json_t *json)
{
	struct fact fact;
	void *memory = NULL;
	int err = fact_decode(json, &fact, &memory, r->error.text, sizeof(r->error.text));

	r->facts++;
	if (!err) {
		err = fact_put(r->sink, &fact);
		if (err == -EPROTO && r->checking)
			err = damaged(r, "a fact stands where it cannot be");
	}
	free(memory);
	return err;
}

static int read_line(struct reading *r)
{
	json_t *json = r->ended ? NULL : parsed(r);
	int err;

	if (r->ended)
		err = damaged(r, "there is more after its end");
	else if (!json_is_object(json))
		err = damaged(r, "a line is not JSON: it was truncated or damaged");
	else if (json_is_true(json_object_get(json, "end")))
		err = read_end(r, json);
	else
		err = read_fact(r, json);
	json_decref(json);
	return err;
}

static int read_all(struct reading *r)
{
	int got, err = read_header(r);

	while (!err && (got = next_line(r)) != 0)
		err = got < 0 ? got : read_line(r);
	if (!err && !r->ended)
		err = damaged(r, "it has no end: it was truncated");
	return err;
}

static int put_engine(void *ctx, const struct fact *fact)
{
	return engine_put(ctx, fact);
}

static int check_all(struct reading *r)
{
	static const struct engine_out nobody;
	struct fact_sink sink = {.put = put_engine};
	struct engine *engine;
	int err = engine_new(&nobody, &engine);

	if (err)
		return err;
	sink.ctx = engine;
	r->sink = &sink;
	r->checking = true;
	err = read_all(r);
	r->sink = NULL;
	engine_free(engine);
	return err;
}

static int feed_all(struct reading *r, const struct fact_sink *sink)
{
	if (fseek(r->in, 0, SEEK_SET) != 0)
		return -errno;
	r->sink = sink;
	r->checking = false;
	r->error.line = 0;
	r->facts = 0;
	r->ended = false;
	return read_all(r);
}

int trace_read(FILE *in, const struct fact_sink *sink, struct trace_error *ret_error)
{
	struct reading r = {.in = in};
	/* a pipe is told before it is read to its end */
	int err = fseek(in, 0, SEEK_CUR) == 0 ? check_all(&r) : -errno;

	if (!err)
		err = feed_all(&r, sink);
	if (err)
		*ret_error = r.error;
	free(r.line);
	return err;
}
