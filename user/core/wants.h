/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_WANTS_H
#define CORE_WANTS_H

/* Whose stacks the reports to come will show. */
#include "stalls.h"

struct wants {
	struct thread_ref *refs; /* from the heap */
	size_t n;

	/* private */
	size_t cap;
};

/* Adds those of the tellings of this look. Returns 0 or -ENOMEM. */
int wants_find(struct diagnosis *d, struct stalls *s, struct wants *ret);

#endif
