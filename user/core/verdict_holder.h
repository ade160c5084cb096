/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_VERDICT_HOLDER_H
#define CORE_VERDICT_HOLDER_H

/* Part of verdict.c: holders that do not wait themselves, by what they do. */
#include "verdict.h"

struct verdict_view {
	const struct verdict_limits *limits;
	const struct history *h;
	bool *undecided; /* set if more looks would tell more */
};

static inline uint64_t verdict_age(uint64_t now, uint64_t then)
{
	return now > then ? now - then : 0;
}

/* Can t be expected to end the waits on r? For any class but BACKLOG. */
bool verdict_holder_is_live(const struct verdict_view *p, const struct model_resource *r,
			    const struct model_thread *t);

#endif
