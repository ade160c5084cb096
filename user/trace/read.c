// SPDX-License-Identifier: GPL-2.0
/*
 * A trace is read twice: first to see that all of it is good, then to feed it.
 * So a truncated one gives an error and not half of a report.
 */
#include "trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "codec.h"

/* A line of a megabyte would be a stack of thousands of frames; this is a bound, not a plan. */
#define LINE_MAX_BYTES (16UL << 20)

struct reading {
	FILE *in;
	const struct fact_sink *sink; /* NULL: only look whether it is good */
	struct trace_error error;
	char *line;
	size_t room;
	uint64_t facts;
	bool ended;
};

static int damaged(struct reading *r, const char *text)
{
	snprintf(r->error.text, sizeof(r->error.text), "%s", text);
	return -EBADMSG;
}

/* Returns 1 with a whole line (without its end), 0 at the end of the file, or -errno. */
static int next_line(struct reading *r)
{
	ssize_t n = getline(&r->line, &r->room, r->in);

	if (n < 0)
		return ferror(r->in) ? -EIO : 0;
	r->error.line++;
	if ((size_t)n > LINE_MAX_BYTES)
		return damaged(r, "a line is longer than 16 MiB");
	if (r->line[n - 1] != '\n')
		return damaged(r, "it ends within a line: it was truncated");
	r->line[n - 1] = '\0';
	return memchr(r->line, '\0', (size_t)n - 1) ? damaged(r, "it holds binary data") : 1;
}

static int read_header(struct reading *r)
{
	int got = next_line(r);
	json_t *json = got == 1 ? json_loads(r->line, JSON_REJECT_DUPLICATES, NULL) : NULL;
	const json_t *version = json_object_get(json, "locktrace_trace");
	int err = 0;

	if (got < 0 && got != -EBADMSG)
		return got;
	if (!json_is_integer(version)) {
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

static int read_line(struct reading *r)
{
	json_t *json = json_loads(r->line, JSON_REJECT_DUPLICATES, NULL);
	struct fact fact;
	void *memory = NULL;
	int err;

	if (!json)
		return damaged(r, "a line is not JSON: it was truncated or damaged");
	if (r->ended) {
		err = damaged(r, "there is more after its end");
	} else if (json_is_true(json_object_get(json, "end"))) {
		err = read_end(r, json);
	} else {
		err = fact_decode(json, &fact, &memory, r->error.text, sizeof(r->error.text));
		if (!err && r->sink)
			err = fact_put(r->sink, &fact);
		r->facts++;
	}
	free(memory);
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

int trace_read(FILE *in, const struct fact_sink *sink, struct trace_error *ret_error)
{
	struct reading r = {.in = in};
	int err = read_all(&r);

	if (!err && fseek(in, 0, SEEK_SET) != 0)
		err = -errno;
	if (!err) {
		r.sink = sink;
		r.error.line = 0;
		r.facts = 0;
		r.ended = false;
		err = read_all(&r);
	}
	if (err)
		*ret_error = r.error;
	free(r.line);
	return err;
}
