/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_LOSSES_H
#define CORE_LOSSES_H

/* What could not be seen in this session, by reason, in the order of its first loss. */
#include <stdbool.h>

#include "facts.h"

struct losses {
	struct fact_lost *all; /* reasons are copies */
	uint64_t *grew_ns;     /* the look in which each last grew */
	size_t n;

	/* private */
	size_t cap, cap_grew;
};

void losses_free(struct losses *l);

/* Returns 0 or -ENOMEM. */
int losses_take(struct losses *l, const struct fact_lost *f, uint64_t now_ns);

/*
 * Could the i-th loss hide a part of a stall that began then? Yes, if it is of
 * waits, of looking at threads, or of reading what they wait for, and has
 * grown since.
 */
bool losses_concern(const struct losses *l, size_t i, uint64_t since_ns);

#endif
