/* SPDX-License-Identifier: GPL-2.0 */
#ifndef WAYS_HOOKS_PRIVATE_H
#define WAYS_HOOKS_PRIVATE_H

/* Inside of the way `hooks`. */
#include "census.h"
#include "governed.h"
#include "handovers.h"
#include "hook_kinds.h"
#include "locks.h"

/* The numbers of hooks: those of the kinds, and these. */
enum { HOOK_HANDOVERS = LT_KIND_MAX, HOOK_LOCKS };

struct hooks {
	struct way_config config;
	struct census *census;
	struct hook hooks[LT_KIND_MAX];
	struct locks *locks;
	struct handovers *handovers;
	struct governed *governed;
	uint64_t lock_hits;		   /* at the last look */
	uint64_t price_ns;		   /* of a hook on a function of the kernel */
	uint64_t trap_ns;		   /* ... without its program */
	uint64_t unhooked_ns[LT_KIND_MAX]; /* census_unhooked() */
	uint64_t map_bytes, map_bytes_ns;  /* and when they were last read */
	char names[256];
};

/* hooks_governed.c. Names of those that are on. */
void hooks_list_names(struct hooks *h);

int hooks_open_handovers(struct hooks *h);

/* Begins to govern what is open. Returns 0 or -ENOMEM. */
int hooks_govern(struct hooks *h);

/* As way->unseen and way->costs. */
int hooks_unseen(void *self, const struct fact_sink *sink);
int hooks_costs(void *self, way_cost_fn emit, void *ctx, uint64_t *ret_map_bytes);

#endif
