/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_REFS_H
#define CORE_REFS_H

/*
 * Numbers for threads, from 0, in the order they came. Whoever keeps more of a thread keeps it
 * in an array of its own, by number. Refs are kept apart from that, and close together: a million
 * holds name their threads in no order, and each is looked up.
 */
#include "table.h"

struct refs {
	struct thread_ref *all; /* by number */
	size_t n;

	/* private */
	size_t cap;
	struct table table;
};

/* The number of this thread, or TABLE_NONE. A start that is not known matches any. */
uint32_t refs_find(const struct refs *r, const struct thread_ref *ref);

/* The next number, for a thread that has none. Returns 0 or -ENOMEM. */
int refs_add(struct refs *r, const struct thread_ref *ref, uint32_t *ret);

void refs_clear(struct refs *r); /* keeps the memory */
void refs_free(struct refs *r);

#endif
