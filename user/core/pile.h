/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_PILE_H
#define CORE_PILE_H

/*
 * Threads that pile up: they come to one place, and none ever leaves. The idle
 * workers of a pool look the same at any one moment; but they are woken now and
 * then, and there are as many of them as there were when the pool was made. So
 * what tells is growth, seen while we looked or read from the times at which the
 * threads were made; and that each parked when it was new, and never ran again.
 */
#include "facts.h"

/* So many threads at least are worth a word. */
#define PILE_MIN 16

/* Numbers of the state of such a place. */
#define PILE_COUNT   "count"
#define PILE_ARRIVED "arrived" /* since the last look */
#define PILE_LEFT    "left"    /* ... or woke up, and came back */
#define PILE_BORN    "born"    /* moments at which they were made */
#define PILE_BORN_S  "born_s"  /* seconds from the first of these to the last */
#define PILE_YOUNG   "young"   /* parked when they were new, and never ran since */

/* What the looks so far saw of one place. */
struct pile_past {
	uint32_t looks;
	uint64_t since_ns;	    /* nobody has left since then */
	int64_t before;		    /* how many there were then */
	uint32_t moments;	    /* looks since then that saw some come */
	uint64_t first_ns, last_ns; /* ... of these */
	bool left;		    /* ever */
};

struct pile_limits {
	uint64_t threshold_ns;
	bool asked; /* somebody suspects this very process */
};

struct model_resource;

void pile_remember(struct pile_past *p, uint64_t now_ns, const struct model_resource *r);

/* Is it one, by all that was seen? *ret_seen: its growth was, else only read. */
bool pile_is_one(const struct pile_past *p, const struct pile_limits *limits,
		 const struct model_resource *r, bool *ret_seen);

/* The innermost function of a stack that is the program's own; NULL: none has a name. */
const char *pile_place(const struct fact_stack *stack);

#endif
