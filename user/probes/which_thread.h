/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROBES_WHICH_THREAD_H
#define PROBES_WHICH_THREAD_H

/*
 * Of a queue, a socket or a pipe it is known which process has the other end,
 * and hardly ever which thread uses it. That is read from what its threads do
 * now: a guess, and stated as one.
 */
#include "probe.h"

/* More threads that can be meant than this: nobody reads on. */
#define THREADS_MEANT_MAX 8

struct which_thread {
	pid_t pid;
	const char *key;      /* of what is waited for: who waits for it too does not end it */
	const char *this_key; /* who waits for that resource is at this end; NULL: nobody waits */
	const char *thing;    /* "the queue" */
	const char *doing;    /* what is done at this end: "receiving from it" */
	bool keeps;	      /* a lock: that a thread is in I/O does not make it the one */

	/* Is this thread at this end, by its call? NULL: calls do not tell. */
	bool (*at_this_end)(const void *ctx, struct os *os, const struct seen *s);
	const void *ctx;
};

struct threads_meant {
	bool found; /* there is one that must be it */
	struct thread_ref one;
	size_t n_threads; /* of the process */
	size_t n; /* that do not wait at the same end; THREADS_MEANT_MAX of them are in all[] */
	struct thread_ref all[THREADS_MEANT_MAX];
	char why[96]; /* to add to the reason: "; this thread is receiving from it", or "" */
};

/* Returns 0 or -errno; then *ret is empty: only the process is known. */
int which_thread(const struct probe_env *env, const struct which_thread *q,
		 struct threads_meant *ret);

#endif
