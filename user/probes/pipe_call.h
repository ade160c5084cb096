/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROBES_PIPE_CALL_H
#define PROBES_PIPE_CALL_H

/* The calls that can sleep at a pipe, and which of their arguments is one. */
#include "probe.h"

enum pipe_side { PIPE_READS = 1, PIPE_WRITES };

struct pipe_call {
	bool opens;
	int reads_from; /* descriptor, -1: it does not */
	int writes_to;
};

extern const int pipe_syscalls[]; /* ends with -1 */

/* Returns false if s is in none of them. */
bool pipe_call_of(const struct seen *s, struct pipe_call *ret);

/* open() of a FIFO, until somebody opens the other end. As in struct probe. */
int pipe_open_recognise(struct os *os, const struct seen *s, struct wait *ret);
int pipe_open_describe(const struct probe_env *env, const struct seen *s, const struct wait *w);

#endif
