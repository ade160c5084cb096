/* SPDX-License-Identifier: GPL-2.0 */
#ifndef REPORT_FLEET_RECENT_H
#define REPORT_FLEET_RECENT_H

/*
 * Which of very many things were seen before, by their hashes, in a bounded
 * amount of memory: all of the last `room` ones are known, none of before the
 * last twice as many.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fleet_recent {
	size_t room; /* set by the caller */

	/* private */
	struct fleet_generation {
		uint64_t *slots; /* 0: free */
		size_t n_slots, used;
	} now, before;
	bool forgot; /* something */
};

/* Returns 1 if it was not there, and adds it; 0 if it was; or -ENOMEM. */
int fleet_recent_add(struct fleet_recent *r, uint64_t hash);
void fleet_recent_free(struct fleet_recent *r);

#endif
