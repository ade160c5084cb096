/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TRACE_TRACE_H
#define TRACE_TRACE_H

/*
 * A trace: a file of facts, one JSON object a line, described in
 * docs/trace-format.md. Its first line says what it is, its last line that it
 * is whole.
 */
#include <stdio.h>

#include "../core/facts.h"

#define TRACE_VERSION 1

struct trace_writer;

/* Creates the file (its old content goes). Returns 0 or -errno. */
int trace_writer_open(const char *path, struct trace_writer **ret);

/* Takes every fact; its errors are those of writing. Lives as long as the writer. */
struct fact_sink trace_writer_sink(struct trace_writer *w);

/* Ends the trace and frees the writer. Returns 0, or -errno if the file is not whole. */
int trace_writer_close(struct trace_writer *w);

struct trace_error {
	size_t line;
	char text[160]; /* one line for the user */
};

/*
 * Feeds the facts of a trace, in order, but only after all of it was found
 * good. Returns 0, or the error of the sink, or
 *	-EMEDIUMTYPE	this is not a trace
 *	-EPROTONOSUPPORT	it was written by a newer locktrace
 *	-EBADMSG	truncated or damaged, or facts in an order that makes no sense
 * with *ret_error set for these three. The file must be seekable (-ESPIPE).
 */
int trace_read(FILE *in, const struct fact_sink *sink, struct trace_error *ret_error);

#endif
