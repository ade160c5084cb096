/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TESTS_ORACLE_H
#define TESTS_ORACLE_H

/*
 * What is stuck in a world, and behind whom, without any clever algorithm: it
 * repeats until nothing changes, and asks of each pair of nodes whether one
 * leads to the other.
 */
#include "world.h"

#define NODES (WORLD_THREADS + WORLD_RESOURCES)

struct oracle {
	const struct world *w;
	int n;		  /* nodes: threads, then resources */
	bool live[NODES]; /* will go on, or will be free, by itself */
	bool leads[NODES][NODES];
	bool circle[NODES]; /* a root that is a circle */
};

static inline bool is_waiting(const struct world *w, int t)
{
	return w->waits[t] >= 0;
}

/* May holder t be expected to do what those behind resource r wait for? */
static inline bool holder_is_live(const struct oracle *o, const struct world_resource *r, int t)
{
	const struct world *w = o->w;

	if (!is_waiting(w, t))
		return w->end[t] == END_LIVE;
	/* who waits does not drain, unless for room itself */
	if (r->class == CLASS_FULL && w->resources[w->waits[t]].class != CLASS_FULL)
		return false;
	return o->live[t];
}

static inline bool resource_is_live(const struct oracle *o, const struct world_resource *r)
{
	int n = 0;

	for (int i = 0; i < r->n_holders; i++)
		n += holder_is_live(o, r, r->holders[i]);
	return r->class == CLASS_LOCK ? r->n_holders && n == r->n_holders : n > 0;
}

static inline void find_live(struct oracle *o)
{
	const struct world *w = o->w;
	bool changed = true;

	while (changed) {
		changed = false;
		for (int r = 0; r < w->n_resources; r++) {
			bool live = resource_is_live(o, &w->resources[r]);

			changed |= live != o->live[w->n_threads + r];
			o->live[w->n_threads + r] = live;
		}
		for (int t = 0; t < w->n_threads; t++) {
			if (is_waiting(w, t))
				o->live[t] = o->live[w->n_threads + w->waits[t]];
		}
	}
}

/* Whom nobody can end but an unknown one: the parked thread is the end. */
static inline bool is_followed(const struct world *w, int t)
{
	const struct world_resource *r = is_waiting(w, t) ? &w->resources[w->waits[t]] : NULL;

	return r && (r->class != CLASS_PARK || r->n_holders);
}

static inline void find_ways(struct oracle *o)
{
	const struct world *w = o->w;

	for (int t = 0; t < w->n_threads; t++) {
		if (is_followed(w, t))
			o->leads[t][w->n_threads + w->waits[t]] = true;
	}
	for (int r = 0; r < w->n_resources; r++) {
		const struct world_resource *res = &w->resources[r];

		for (int i = 0; i < res->n_holders; i++) {
			int t = res->holders[i];

			if (holder_is_live(o, res, t) == o->live[w->n_threads + r])
				o->leads[w->n_threads + r][t] = true;
		}
	}
	for (int k = 0; k < o->n; k++)
		for (int i = 0; i < o->n; i++)
			for (int j = 0; j < o->n && o->leads[i][k]; j++)
				o->leads[i][j] |= o->leads[k][j];
}

/* On a circle that is made of locks, or that there is no way out of. */
static inline bool is_root_circle(const struct oracle *o, int node)
{
	const struct world *w = o->w;
	bool locks = true, closed = true;

	if (!o->leads[node][node] || o->live[node])
		return false;
	for (int i = 0; i < o->n; i++) {
		if (!o->leads[node][i])
			continue;
		if (!o->leads[i][node])
			closed = false;
		else if (i >= w->n_threads && w->resources[i - w->n_threads].class != CLASS_LOCK)
			locks = false;
	}
	return locks || closed;
}

static inline struct oracle *oracle_of(const struct world *w)
{
	struct oracle *o = calloc(1, sizeof(*o));

	o->w = w;
	o->n = w->n_threads + w->n_resources;
	find_live(o);
	find_ways(o);
	for (int i = 0; i < o->n; i++)
		o->circle[i] = is_root_circle(o, i);
	return o;
}

/* Does each wait for nothing but that the next does something, round in a circle? */
static inline bool is_in_idle_circle(const struct world *w, int t)
{
	int next = t;

	for (int i = 0; i < w->n_threads; i++) {
		const struct world_resource *r = is_waiting(w, next) ? &w->resources[w->waits[next]]
								     : NULL;

		if (!r || r->class != CLASS_PARK || r->n_holders != 1 ||
		    r->evidence[0] != EVIDENCE_EXACT)
			return false;
		next = r->holders[0];
		if (next == t)
			return true;
	}
	return false;
}

/* Past the threshold and stuck, in a wait that is none for work, or never ends. */
static inline bool is_stuck(const struct oracle *o, int t)
{
	return is_waiting(o->w, t) && !o->live[t] &&
	       (o->w->resources[o->w->waits[t]].class != CLASS_PARK || is_in_idle_circle(o->w, t));
}

/* Does it hold what somebody waits for? It is shown as a holder then, maybe in several stalls. */
static inline bool is_holder(const struct world *w, int t)
{
	for (int i = 0; i < w->n_threads; i++) {
		const struct world_resource *r = is_waiting(w, i) ? &w->resources[w->waits[i]]
								  : NULL;

		for (int j = 0; r && j < r->n_holders; j++) {
			if (r->holders[j] == t)
				return true;
		}
	}
	return false;
}

#endif
