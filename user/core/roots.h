/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_ROOTS_H
#define CORE_ROOTS_H

/* Which root every thread is counted with: see finding.h for what a root is. */
#include "graph.h"

enum root_kind { /* worst first */
		 ROOT_CYCLE = 1,
		 ROOT_SELF,   /* one thread that waits for what it holds */
		 ROOT_GONE,   /* a thread that does not exist any more */
		 ROOT_THREAD, /* a thread that does not wait */
		 ROOT_UNKNOWN /* a resource: its holder is not known */
};

/* What is known of a component of the graph. */
struct root_part {
	uint32_t first; /* in by_part */
	uint32_t n;	/* nodes */
	uint32_t n_threads;
	uint32_t smallest; /* its first thread by ref, or its resource's node */
	uint32_t best;	   /* the root that its members are counted with: a component */
	bool all_locks;
};

struct roots {
	const struct model *model;
	const struct graph *graph;
	struct root_part *parts; /* by component */
	uint32_t *by_part;	 /* nodes grouped by component: threads by ref, then resources */
	uint32_t *threads;	 /* all threads, by ref */
};

/* Memory is the model's. Returns 0 or -ENOMEM. */
int roots_find(struct model *m, const struct graph *g, struct roots *ret);

enum root_kind roots_kind(const struct roots *r, uint32_t component);

/* The same in each look as long as the root is. */
uint64_t roots_key(const struct roots *r, uint32_t component);

/* The component that is the root of a thread. */
static inline uint32_t roots_of(const struct roots *r, uint32_t thread)
{
	return r->parts[r->graph->component[thread]].best;
}

#endif
