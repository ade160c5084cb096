/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROBES_QUEUE_END_H
#define PROBES_QUEUE_END_H

/*
 * The other end of a queue. The kernel remembers who used it last: the process,
 * if that call found a message or room at once, but the very thread if it had to
 * wait (pipelined_send() stores the sleeper's id). With the process alone, which
 * of its threads it was is read from what they do now.
 */
#include "probe.h"

struct queue_end {
	pid_t pid;	   /* used that end last: a process or a thread */
	int64_t at_s;	   /* ... then, since the epoch */
	const char *did;   /* "read it last": how to say so */
	const char *doing; /* "receiving from it" */
	int this_syscall;  /* a thread in it, on this queue, is at that end */
	int other_syscall; /* ... and in this it is at the waiter's own end */
	int id;		   /* of the queue: their first argument */
};

/* States one HOLD: a thread if only one can be meant, else the process as a whole. */
int queue_end_state(const struct probe_env *env, const struct wait *w, const struct queue_end *end);

#endif
