/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROBES_WHICH_THREAD_H
#define PROBES_WHICH_THREAD_H

/*
 * Of a queue, a socket or a pipe it is known which process has the other end,
 * and hardly ever which thread uses it. That is read from what its threads do
 * now: a guess, and stated as one.
 */
#include "probe.h"

/* What a thread of that process does, seen from the thing. */
enum stance {
	STANCE_THIS_END,  /* is just using the other end */
	STANCE_OTHER_END, /* waits at the same end as the waiter: it is in the same plight */
	STANCE_STUCK,	  /* waits for a lock, for room or for a listener */
	STANCE_IN_IO,	  /* may be stuck, or wait for what comes through a pipe or socket */
	STANCE_BUSY,	  /* runs */
	STANCE_IDLE,	  /* waits for work elsewhere */
	_STANCE_MAX,
};

struct which_thread {
	pid_t pid;
	const char *thing; /* "the queue" */
	const char *doing; /* what is done at this end: "receiving from it" */

	/* STANCE_THIS_END or STANCE_OTHER_END; anything else: it is at neither. */
	enum stance (*at)(const void *ctx, struct os *os, const struct seen *s);
	const void *ctx;
};

/*
 * The one thread that can be meant. Returns false if there is none, or more than
 * one. why gets what to add to the reason in either case: "; this thread is
 * receiving from it", or "".
 */
bool which_thread(const struct probe_env *env, const struct which_thread *q, struct thread_ref *ret,
		  char *why, size_t size);

#endif
