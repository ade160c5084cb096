/* SPDX-License-Identifier: GPL-2.0 */
#ifndef WAIT_MEMORY_H
#define WAIT_MEMORY_H

/*
 * What is remembered of a wait from look to look, so that its beginning stays
 * what it was. A wait is the same if it is the same thread's, for the same
 * resource, at the same place of its stack, and the thread has not run since:
 * a thread that takes and drops a busy lock in a loop is seen waiting for it
 * at each look, and has not been stuck for a moment.
 */
#include "probes/probe.h"

struct wait_memory;

struct since {
	uint64_t ns;
	enum since_quality quality;
	bool before; /* began before the first look */
};

int wait_memory_new(struct wait_memory **ret); /* 0 or -ENOMEM */
void wait_memory_free(struct wait_memory *m);

/* Around each look: what is not asked about between the two is forgotten. */
void wait_memory_begin(struct wait_memory *m, uint64_t now_ns);
void wait_memory_end(struct wait_memory *m);

/* Since when s is in wait w. Returns 0 or -ENOMEM. */
int wait_memory_since(struct wait_memory *m, const struct seen *s, const struct wait *w,
		      struct since *ret);

#endif
