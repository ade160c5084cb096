// SPDX-License-Identifier: GPL-2.0
/*
 * Locks that nobody has, and threads that sleep for them all the same. For a
 * moment that is so whenever a lock changes hands: whoever is woken has yet to
 * take it. It is over when one of the sleepers has moved.
 */
#include "history.h"

/* Who sleeps for it, as one number; 0: not all were seen asleep. */
static uint64_t sleepers_hash(const struct model *m, const struct model_resource *r)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < r->n_waits; i++) {
		const struct model_thread *t = &m->threads[model_wait_at(m, r, i)->thread];

		if (t->fact.state != 'S' && t->fact.state != 'D')
			return 0;
		sum += hash_mix(hash_u64(hash_ref(&t->fact.ref), t->fact.nvcsw));
	}
	return sum;
}

void history_remember_free(const struct history *h, struct resource_past *p, const struct model *m,
			   const struct model_resource *r)
{
	uint64_t sleepers = model_is_free(r) ? sleepers_hash(m, r) : 0;

	if (!sleepers || sleepers != p->sleepers) {
		p->free_ns = h->now_ns;
		p->free_looks = 0;
	}
	p->sleepers = sleepers;
	p->free_looks += sleepers != 0;
}
