/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_STALLS_LIST_H
#define CORE_STALLS_LIST_H

/* Those that are open, in the order of their serials. */
#include "stalls.h"

/* One more that is open, of which nothing is known. Returns NULL if there is no memory. */
struct stall *stalls_new(struct stalls *s);

/* The stall that a triggering wait was a part of until now, or NULL. */
struct stall *stalls_of_wait(const struct stalls *s, const struct diagnosis *d, uint32_t wait);

#endif
