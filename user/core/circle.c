// SPDX-License-Identifier: GPL-2.0
#include "circle.h"

#include <errno.h>

/* The thread that alone could end the wait of this one, if it waits so; or NONE. */
static uint32_t next_of(const struct model *m, uint32_t thread)
{
	const struct model_wait *w = model_wait_by(m, thread);
	const struct model_resource *r = w ? &m->resources[w->resource] : NULL;
	const struct model_hold *hold;

	if (!w || !w->confirmed || !w->past_threshold || !class_is_idle(r->fact.class) ||
	    r->n_holds != 1)
		return NONE;
	hold = model_hold_at(m, r, 0);
	if (hold->evidence != EVIDENCE_EXACT || hold->gone || hold->copied)
		return NONE;
	return hold->thread;
}

/*
 * Where no thread waits for the end of another, a time limit that cannot be seen may end
 * a wait. Nothing is told of such a circle before its youngest wait is so old.
 */
static bool is_old(const struct model *m, uint32_t thread, uint64_t min_age_ns)
{
	bool empty = false;
	uint64_t youngest_ns = 0;
	uint32_t member = thread;

	do {
		const struct model_wait *w = model_wait_by(m, member);

		empty |= m->resources[w->resource].fact.class == CLASS_EMPTY;
		if (w->fact.since_ns > youngest_ns)
			youngest_ns = w->fact.since_ns;
		member = next_of(m, member);
	} while (member != thread);
	return !empty || youngest_ns + min_age_ns <= m->tick.now_ns;
}

/* Each thread leads to one other at most: who is come upon again on the same way is in a circle. */
int circle_mark(struct model *m, uint64_t min_age_ns)
{
	uint32_t *way = arena_array(&m->arena, m->n_threads, sizeof(*way)); /* 0: not seen yet */

	if (!way)
		return -ENOMEM;
	for (size_t i = 0; i < m->n_waits; i++)
		m->waits[i].idle_circle = false;
	for (uint32_t start = 0; start < m->n_threads; start++) {
		uint32_t t = start;

		while (t != NONE && !way[t]) {
			way[t] = start + 1;
			t = next_of(m, t);
		}
		if (t == NONE || way[t] != start + 1 || !is_old(m, t, min_age_ns))
			continue;
		for (uint32_t member = t; !model_wait_by(m, member)->idle_circle;
		     member = next_of(m, member))
			model_wait_by(m, member)->idle_circle = true;
	}
	return 0;
}

bool circle_is_idle(const struct model *m, const uint32_t *threads, uint32_t n)
{
	bool idle = true, empty = false;

	for (uint32_t i = 0; i < n; i++) {
		const struct model_wait *w = model_wait_by(m, threads[i]);
		enum wait_class class = w ? m->resources[w->resource].fact.class : CLASS_LOCK;

		idle &= class_is_idle(class);
		empty |= class == CLASS_EMPTY;
	}
	return idle && empty;
}
