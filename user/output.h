/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OUTPUT_H
#define OUTPUT_H

/*
 * Where reports are written and how: the one place that knows of terminals.
 */
#include "core/engine.h"
#include "core/silence.h"
#include "options/options.h"
#include "report/render.h"
#include "service/metrics_out.h"
#include "service/spool_out.h"

struct output {
	struct render render;
	struct engine_out rendered;
	struct spool_out *spool;     /* NULL: none was asked for; also wraps rendered */
	struct metrics_out *metrics; /* ... and this one */
	struct silence *silence;     /* between out and rendered; NULL: none was asked for */
	struct engine_out out;
	char scope[1024]; /* who is watched; "": a replay, or a single look */
	const char *path; /* NULL: standard output */
};

/* "auto", "always" or "never": does what is written to fd get colours? */
bool output_color(const char *when, int fd);

/* Returns 0, or an exit status after one line on stderr. *ret must not move afterwards. */
int output_open(const struct options *o, struct output *ret);

/* The exit status of a session that ended with this one: what was silenced is not counted. */
int output_status(const struct output *out, int status);

/* Returns 0, or EXIT_OUTPUT after one line on stderr if not everything could be written. */
int output_close(struct output *out);

#endif
