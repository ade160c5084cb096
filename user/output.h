/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OUTPUT_H
#define OUTPUT_H

/*
 * Where reports are written and how: the one place that knows of terminals.
 */
#include "core/engine.h"
#include "options.h"
#include "report/render.h"

struct output {
	struct render render;
	struct engine_out out;
	const char *path; /* NULL: standard output */
};

/* Returns 0, or an exit status after one line on stderr. *ret must not move afterwards. */
int output_open(const struct options *o, struct output *ret);

/* Returns 0, or EXIT_OUTPUT after one line on stderr if not everything could be written. */
int output_close(struct output *out);

#endif
