/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_STALLS_NEWS_H
#define CORE_STALLS_NEWS_H

/* What of a stall that was found in this look is to be told, and whether yet. */
#include "stalls.h"

/* Is there anything to tell of t->stall, found as t->finding? Then t says what. */
bool stalls_is_news(struct stalls *s, const struct diagnosis *d, struct telling *t);

/* Nothing is told before two looks agree on all of its chain. Returns 0 or -ENOMEM. */
int stalls_is_ripe(struct diagnosis *d, const struct telling *t, bool *ret);

/* It is told: from now on that is what the stall was told as. */
void stalls_note_told(const struct stalls *s, const struct diagnosis *d, const struct telling *t);

#endif
