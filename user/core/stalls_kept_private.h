/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_STALLS_KEPT_PRIVATE_H
#define CORE_STALLS_KEPT_PRIVATE_H

#include "stalls_kept.h"

/* A stall is known by its first waits: no more are needed to know it again. */
#define KEPT_WAITS_MAX 256

struct kept_wait {
	struct thread_ref ref;
	const char *resource;
	uint64_t nvcsw;
	bool trigger;
};

struct kept {
	struct arena arena;
	struct kept_wait *waits;
	size_t n, cap;
	uint64_t at_ns; /* when this session began */
	uint64_t last_ns;
	uint64_t last_wall_ns;

	/* A trigger, in this look: is there, and has slept and woken as often as then. */
	bool alive, unmoved;
	bool seen; /* in any look */
};

#endif
