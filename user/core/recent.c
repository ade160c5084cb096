// SPDX-License-Identifier: GPL-2.0
#include <stddef.h>

#include "recent.h"

void recent_add(struct recent *r, const struct recent_stall *stall)
{
	r->all[r->n++ % RECENT_STALLS] = *stall;
}

/* Newest first: it has the whole count. */
const struct recent_stall *recent_find(const struct recent *r, uint64_t identity, uint64_t since_ns)
{
	uint64_t n = r->n < RECENT_STALLS ? r->n : RECENT_STALLS;

	for (uint64_t i = 1; i <= n; i++) {
		const struct recent_stall *stall = &r->all[(r->n - i) % RECENT_STALLS];

		if (stall->gone_ns < since_ns)
			return NULL;
		if (stall->identity == identity)
			return stall;
	}
	return NULL;
}
