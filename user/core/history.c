// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "history.h"

/*
 * The beginning of one and the same wait is not always read the same: clocks
 * of census and /proc are read at different moments. A new wait of the same
 * thread on the same thing within so short a time makes no difference to a
 * threshold that is larger by far.
 */
#define SINCE_JITTER_NS UINT64_C(20000000)

static bool is_resource(const void *items, uint32_t i, const void *key)
{
	const struct resource_past *resources = items;

	return strcmp(resources[i].key, key) == 0;
}

static uint64_t hash_key(const char *key)
{
	return hash_mix(hash_text(HASH_START, key));
}

void history_free(struct history *h)
{
	for (size_t i = 0; i < h->n_resources; i++)
		free(h->resources[i].key);
	free(h->resources);
	free(h->threads);
	refs_free(&h->refs);
	table_free(&h->by_key);
}

/* Missed in one look is forgiven, missed in two is forgotten. */
static bool is_stale(const struct history *h, uint64_t last_look)
{
	return last_look + 2 < h->look;
}

static int forget_threads(struct history *h)
{
	size_t stale = 0;
	int err = 0;

	for (size_t i = 0; i < h->n_threads; i++)
		stale += is_stale(h, h->threads[i].last_look);
	if (!stale)
		return 0;
	refs_clear(&h->refs);
	for (size_t i = 0; i < h->n_threads && !err; i++) {
		struct thread_ref ref = h->refs.all[i]; /* its number does not get larger */
		uint32_t n;

		if (is_stale(h, h->threads[i].last_look))
			continue;
		err = refs_add(&h->refs, &ref, &n);
		if (!err)
			h->threads[n] = h->threads[i];
	}
	h->n_threads = h->refs.n;
	return err;
}

static int forget_resources(struct history *h)
{
	size_t n = 0, stale = 0;
	int err = 0;

	for (size_t i = 0; i < h->n_resources; i++)
		stale += is_stale(h, h->resources[i].last_look);
	if (!stale)
		return 0;
	table_clear(&h->by_key);
	for (size_t i = 0; i < h->n_resources; i++) {
		if (is_stale(h, h->resources[i].last_look)) {
			free(h->resources[i].key);
			continue;
		}
		h->resources[n] = h->resources[i];
		if (!err)
			err = table_add(&h->by_key, hash_key(h->resources[n].key), (uint32_t)n);
		n++;
	}
	h->n_resources = n;
	return err;
}

static int find_thread(struct history *h, const struct thread_ref *ref, uint32_t *ret)
{
	uint32_t i = refs_find(&h->refs, ref);
	int err;

	if (i == TABLE_NONE) {
		err = array_room(&h->threads, &h->cap_threads, h->n_threads, sizeof(*h->threads));
		if (!err)
			err = refs_add(&h->refs, ref, &i);
		if (err)
			return err;
		h->n_threads = h->refs.n;
		h->threads[i] = (struct thread_past){0};
	}
	if (!h->refs.all[i].start)
		h->refs.all[i].start = ref->start;
	h->threads[i].last_look = h->look;
	*ret = i;
	return 0;
}

static int find_resource(struct history *h, const char *key, uint32_t *ret)
{
	uint32_t i = table_find(&h->by_key, hash_key(key), is_resource, h->resources, key);
	char *copy;
	int err;

	if (i == TABLE_NONE) {
		err = array_room(&h->resources, &h->cap_resources, h->n_resources,
				 sizeof(*h->resources));
		copy = err ? NULL : strdup(key);
		if (!copy)
			return -ENOMEM;
		err = table_add(&h->by_key, hash_key(key), (uint32_t)h->n_resources);
		if (err) {
			free(copy);
			return err;
		}
		i = (uint32_t)h->n_resources++;
		h->resources[i] = (struct resource_past){.key = copy, .serial = ++h->serials};
	}
	h->resources[i].last_look = h->look;
	*ret = i;
	return 0;
}

static void remember_thread(const struct history *h, struct thread_past *p,
			    const struct fact_thread *now)
{
	bool first = !p->looks++;

	if (first || p->nvcsw != now->nvcsw) {
		p->unmoved_ns = h->now_ns;
		p->unmoved_looks = 0;
	}
	if (first || p->syscall != now->syscall || p->sp != now->sp) {
		p->place_ns = h->now_ns;
		p->place_looks = 0;
	}
	p->nvcsw = now->nvcsw;
	p->syscall = now->syscall;
	p->sp = now->sp;
	p->unmoved_looks++;
	p->place_looks++;
	polling_remember(&p->polling, h->now_ns, now);
	starving_remember(&p->starving, h->now_ns, now);
}

/*
 * Who holds it, as one number that does not depend on the order of the facts.
 * *ret_event: do all of them wait for events?
 */
static uint64_t holders_hash(const struct model *m, const struct model_resource *r, bool *ret_event)
{
	uint64_t sum = 0;

	*ret_event = r->n_known > 0;
	for (uint32_t i = 0; i < r->n_holds; i++) {
		const struct model_hold *hold = model_hold_at(m, r, i);

		if (hold->thread == NONE)
			continue;
		sum += hash_mix(hash_ref(&m->refs.all[hold->thread]) + 1);
		*ret_event = *ret_event && m->threads[hold->thread].fact.activity == ACT_EVENT_WAIT;
	}
	return sum;
}

static void remember_resource(const struct history *h, struct resource_past *p,
			      const struct model *m, const struct model_resource *r)
{
	bool event;
	uint64_t holders = holders_hash(m, r, &event);

	if (p->looks++ && holders != p->holders) {
		p->changed_ns = h->now_ns;
		p->changes++;
		p->holder_looks = 0;
		p->event_ns = 0;
	}
	p->holders = holders;
	p->holder_looks++;
	if (event)
		p->event_ns = p->any_event_ns = h->now_ns;
	history_remember_free(h, p, m, r);
	if (r->fact.class == CLASS_PILE)
		pile_remember(&p->pile, h->now_ns, r);
}

static bool same_wait(const struct history *h, const struct thread_past *p, uint64_t resource,
		      uint64_t nvcsw, const struct fact_wait *now)
{
	if (!p->wait_looks || p->wait_resource != resource || p->wait_last_look + 2 < h->look)
		return false;
	if (p->wait_quality == SINCE_UNKNOWN || now->quality == SINCE_UNKNOWN)
		return p->wait_last_look + 1 == h->look && p->wait_nvcsw == nvcsw;
	return now->since_ns <= p->wait_since_ns ||
	       now->since_ns - p->wait_since_ns <= SINCE_JITTER_NS;
}

static void keep_since(struct thread_past *p, const struct fact_wait *now)
{
	bool better = p->wait_quality == SINCE_UNKNOWN || now->since_ns < p->wait_since_ns;

	if (now->quality == SINCE_UNKNOWN || !better)
		return;
	p->wait_since_ns = now->since_ns;
	p->wait_since_wall_ns = now->since_wall_ns;
	p->wait_quality = now->quality;
}

static void remember_wait(const struct history *h, struct thread_past *p, uint64_t resource,
			  uint64_t nvcsw, struct fact_wait *now)
{
	if (!same_wait(h, p, resource, nvcsw, now)) {
		p->wait_since_ns = now->quality == SINCE_UNKNOWN ? 0 : now->since_ns;
		p->wait_since_wall_ns = now->quality == SINCE_UNKNOWN ? 0 : now->since_wall_ns;
		p->wait_quality = now->quality;
		p->wait_before = now->before;
		p->wait_resource = resource;
		p->wait_seen_ns = h->now_ns;
		p->wait_looks = 0;
		p->stall = p->told = 0;
	}
	keep_since(p, now);
	p->wait_before |= now->before;
	p->wait_nvcsw = nvcsw;
	p->wait_looks++;
	p->wait_last_look = h->look;
	now->since_ns = p->wait_since_ns;
	now->since_wall_ns = p->wait_since_wall_ns;
	now->quality = p->wait_quality;
	now->before = p->wait_before;
}

static int look_at_threads(struct history *h, struct model *m)
{
	for (size_t i = 0; i < m->n_threads; i++) {
		struct model_thread *t = &m->threads[i];
		int err = find_thread(h, &t->fact.ref, &t->past);

		if (err)
			return err;
		if (t->stated)
			remember_thread(h, &h->threads[t->past], &t->fact);
	}
	return 0;
}

static int look_at_resources(struct history *h, struct model *m)
{
	for (size_t i = 0; i < m->n_resources; i++) {
		struct model_resource *r = &m->resources[i];
		int err = find_resource(h, r->fact.key, &r->past);

		if (err)
			return err;
		remember_resource(h, &h->resources[r->past], m, r);
	}
	return 0;
}

int history_look(struct history *h, struct model *m)
{
	int err;

	h->look++;
	h->previous_ns = h->now_ns;
	h->now_ns = m->tick.now_ns;
	err = forget_threads(h);
	if (!err)
		err = forget_resources(h);
	if (!err)
		err = look_at_threads(h, m);
	if (!err)
		err = look_at_resources(h, m);
	for (size_t i = 0; i < m->n_waits && !err; i++) {
		struct model_wait *w = &m->waits[i];
		const struct model_thread *t = &m->threads[w->thread];

		remember_wait(h, &h->threads[t->past],
			      h->resources[m->resources[w->resource].past].serial, t->fact.nvcsw,
			      &w->fact);
	}
	return err;
}
