/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_POLLING_H
#define CORE_POLLING_H

/*
 * A thread that polls: it wakes up again and again, at one place, because the
 * time of a short wait is over, and hardly does anything in between. From
 * outside it looks busy, and it is not making progress. One that works in
 * between uses the processor, or is seen at other places.
 */
#include "facts.h"
#include "text.h"

/* What the looks at one thread saw of it, since the first that saw it at this place. */
struct polling_past {
	int32_t syscall;
	uint64_t sp;
	uint32_t looks, strays; /* asleep there; asleep elsewhere */
	uint64_t first_ns, last_ns;
	uint64_t first_nvcsw, last_nvcsw;
	uint64_t first_cpu_ns, last_cpu_ns;
	uint64_t left_ns; /* the longest that a wait was still to last, 0: not known */
};

struct polling {
	uint64_t times;	    /* it woke up */
	uint64_t within_ns; /* in this time */
	uint64_t every_ns;  /* so often */
	uint32_t looks;
};

void polling_remember(struct polling_past *p, uint64_t now_ns, const struct fact_thread *t);

/* "polls in timed waits of 10 ms at the same place (213 times in 2.1 s)" */
void polling_words(const struct polling *p, struct text *t);

/* Does it poll, as far as so many looks tell? */
bool polling_of(const struct polling_past *p, struct polling *ret);

#endif
