/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_RECENT_H
#define CORE_RECENT_H

/*
 * Stalls that are over, for a while: one with the same root, rule and resource
 * that opens soon after is the same one again. It keeps its id, and how often
 * it came is counted.
 */
#include <stdint.h>

#define RECENT_STALLS 256

struct recent_stall {
	uint64_t identity;
	char id[24];
	uint32_t times;
	uint64_t gone_ns;
};

struct recent {
	struct recent_stall all[RECENT_STALLS]; /* a ring */
	uint64_t n;				/* ever put in */
};

void recent_add(struct recent *r, const struct recent_stall *stall);

/* The one of this identity that was there until then or later; NULL if there is none. */
const struct recent_stall *recent_find(const struct recent *r, uint64_t identity,
				       uint64_t since_ns);

#endif
