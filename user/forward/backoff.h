/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FORWARD_BACKOFF_H
#define FORWARD_BACKOFF_H

/*
 * How long to leave a receiver alone that could not take something. Pure: no
 * clock, and no randomness of its own.
 */
#include <stdint.h>

/* Whatever the receiver asks for, it is tried again after that. */
#define BACKOFF_ASKED_MAX_NS (3600ULL * 1000000000)

struct backoff {
	uint64_t min_ns, max_ns;
	unsigned int failures; /* in a row */
};

/*
 * After a failure: doubled each time, up to max_ns; of that between the half and
 * the whole, so that a fleet that lost its receiver at one moment does not come
 * back at one moment. Never before what the receiver asked for (0: nothing).
 */
uint64_t backoff_failed(struct backoff *b, uint64_t asked_ns, uint64_t random);

void backoff_went_well(struct backoff *b);

#endif
