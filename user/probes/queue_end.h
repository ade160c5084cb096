/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROBES_QUEUE_END_H
#define PROBES_QUEUE_END_H

/*
 * The other end of a queue, or who took a semaphore's unit. The kernel
 * remembers who used it last: the process, if that call found what it wanted
 * at once, but the very thread of a queue if it had to wait (pipelined_send()
 * stores the sleeper's id). With the process alone, which of its threads it
 * was is read from what they do now.
 */
#include "probe.h"

struct queue_end {
	pid_t pid;	      /* used that end last: a process or a thread */
	int64_t at_s;	      /* ... then, since the epoch; 0: not known */
	bool or_before;	      /* at_s is but a bound */
	const char *did;      /* "read it last": how to say so */
	const char *doing;    /* "receiving from it" */
	const char *what;     /* "the queue" */
	const char *this_key; /* who waits for that resource is at this end; NULL: nobody waits */
	bool sole;  /* no other process can be meant: as such it is exact, if not which thread */
	bool keeps; /* a lock: that a thread is in I/O does not make it the one */
	bool no_waiters; /* who waits for w itself is not meant */
	bool each;	 /* not the process as a whole, but each thread that can be meant */
};

/*
 * States one HOLD, or one for each thread that can be meant. Returns -ENOENT,
 * with no_waiters, if all threads of the process wait for w.
 */
int queue_end_state(const struct probe_env *env, const struct wait *w, const struct queue_end *end);

/* Did this process begin (in clock ticks since boot) after at_s? A clock that was set may lie. */
bool queue_end_began_after(uint64_t start_ticks, int64_t at_s);

#endif
