/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_STALLS_MATCH_H
#define CORE_STALLS_MATCH_H

/* Which finding of this look is which of the stalls. */
#include "stalls.h"

/*
 * Sets seen, finding and into of the open stalls, and of[] of each finding: a
 * stall, or NULL if it is a new one. Returns 0 or -ENOMEM.
 */
int stalls_match(struct stalls *s, const struct diagnosis *d, struct stall **of);

/* Opens a stall for a finding that is none yet. Returns 0 or -ENOMEM. */
int stalls_open(struct stalls *s, const struct diagnosis *d, uint32_t finding);

#endif
