/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OUTPUT_H
#define OUTPUT_H

/*
 * Where reports are written and how: the one place that knows of terminals.
 */
#include <stdio.h>

#include "core/engine.h"
#include "options.h"

struct output {
	FILE *file;
	struct engine_out out;
	const char *name; /* for messages */
	void *renderer;
};

/* Returns 0, or an exit status after one line on stderr. */
int output_open(const struct options *o, struct output *ret);

/* Returns 0, or EXIT_OUTPUT after one line on stderr if not everything could be written. */
int output_close(struct output *out);

#endif
