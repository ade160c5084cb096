/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_FINDING_H
#define CORE_FINDING_H

/*
 * A finding: all triggering waits that lead to one root, and everybody else
 * who leads there. Two stalls with one root are one.
 *
 * A root is where chains end: a thread that does not wait, a circle of
 * threads, or a resource nobody is known to hold. Who can reach several is
 * counted with the worst of them (a circle before a dead owner before a live
 * one), so that each thread is in one finding.
 */
#include "roots.h"
#include "verdict.h"

struct rule;

struct finding {
	enum root_kind kind;
	uint32_t component;    /* the root's, in the graph */
	const uint32_t *roots; /* threads, by ref; none if ROOT_UNKNOWN */
	uint32_t n_roots;
	uint32_t unknown;  /* ROOT_UNKNOWN: the resource */
	uint32_t *members; /* threads that wait and lead here, by ref */
	uint32_t n_members;
	uint32_t *triggers; /* waits, longest first */
	uint32_t n_triggers;
	uint64_t root_key; /* the same in each look as long as the root is */
	const struct rule *rule;
	uint32_t lead; /* the trigger that the report tells the story from */
};

/* One look, judged. Everything is valid until the next look begins. */
struct diagnosis {
	const struct verdict_limits *limits;
	struct history *history;
	struct model *model;
	struct graph graph;
	struct finding *findings; /* by the first of their roots */
	size_t n_findings;

	/* For whoever needs to find things by thread or resource; all NONE between uses. */
	uint32_t *thread_slots, *resource_slots;
};

/* Judges a look that history_look() has taken. Returns 0 or -ENOMEM. */
int diagnose(const struct verdict_limits *limits, struct history *h, struct model *m,
	     struct diagnosis *ret);

/* The only root, or NONE. */
static inline uint32_t finding_end(const struct finding *f)
{
	return f->kind == ROOT_GONE || f->kind == ROOT_THREAD ? f->roots[0] : NONE;
}

/* What earlier looks saw of a thread of this one. */
static inline struct thread_past *past_of(const struct diagnosis *d, uint32_t thread)
{
	return history_thread(d->history, &d->model->threads[thread]);
}

#endif
