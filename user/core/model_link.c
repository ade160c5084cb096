// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>

#include "model.h"

/*
 * A process with one thread is that thread: what is said of the process as a
 * whole holds for it, and the chain can go on behind it.
 */
static uint32_t only_thread(const struct model *m, uint32_t thread, const struct thread_ref *ref)
{
	const struct model_process *process = ref->tid ? NULL : model_find_process(m, ref->pid);
	struct thread_ref main_ref = {.pid = ref->pid, .tid = ref->pid};
	uint32_t i;

	if (!process || process->fact.threads != 1)
		return thread;
	i = model_find_thread(m, &main_ref);
	return i != NONE && m->threads[i].stated ? i : thread;
}

/* All at once, so that one look-up need not wait for the memory that the one before reads. */
static int find_holders(struct model *m)
{
	for (size_t i = 0; i < m->n_holds; i++) {
		struct model_hold *h = &m->holds[i];
		int err = h->ref.pid ? model_intern_thread(m, &h->ref, &h->thread) : 0;

		if (err)
			return err;
		if (h->thread == NONE)
			continue;
		if (h->gone)
			m->threads[h->thread].gone = true;
		h->thread = only_thread(m, h->thread, &h->ref);
	}
	return 0;
}

static void count_all(struct model *m)
{
	for (size_t i = 0; i < m->n_holds; i++) {
		struct model_hold *h = &m->holds[i];
		struct model_resource *r = &m->resources[h->resource];

		r->n_holds++;
		if (h->thread == NONE) {
			r->unknown = true;
			continue;
		}
		r->n_known++;
		m->first_held[h->thread + 1]++;
	}
	for (size_t i = 0; i < m->n_waits; i++)
		m->resources[m->waits[i].resource].n_waits++;
}

/* A counting sort: keeps the order in which facts came, so replays agree. */
static void group_all(struct model *m, uint32_t *held_at)
{
	uint32_t n_holds = 0, n_waits = 0;

	for (size_t i = 0; i < m->n_resources; i++) {
		struct model_resource *r = &m->resources[i];

		r->first_hold = n_holds;
		r->first_wait = n_waits;
		n_holds += r->n_holds;
		n_waits += r->n_waits;
		r->unknown = r->unknown || !r->n_holds;
		r->n_holds = r->n_waits = 0;
	}
	for (size_t i = 0; i < m->n_threads; i++) {
		m->first_held[i + 1] += m->first_held[i];
		held_at[i] = m->first_held[i];
	}
	for (size_t i = 0; i < m->n_holds; i++) {
		const struct model_hold *h = &m->holds[i];
		struct model_resource *r = &m->resources[h->resource];

		m->hold_of[r->first_hold + r->n_holds++] = (uint32_t)i;
		if (h->thread != NONE)
			m->held_by[held_at[h->thread]++] = (uint32_t)i;
	}
	for (size_t i = 0; i < m->n_waits; i++) {
		struct model_resource *r = &m->resources[m->waits[i].resource];

		m->wait_of[r->first_wait + r->n_waits++] = (uint32_t)i;
	}
}

int model_link(struct model *m)
{
	int err = find_holders(m);
	uint32_t *held_at = arena_array(&m->arena, m->n_threads, sizeof(*held_at));

	if (err)
		return err;
	m->hold_of = arena_array(&m->arena, m->n_holds, sizeof(*m->hold_of));
	m->held_by = arena_array(&m->arena, m->n_holds, sizeof(*m->held_by));
	m->wait_of = arena_array(&m->arena, m->n_waits, sizeof(*m->wait_of));
	m->first_held = arena_array(&m->arena, m->n_threads + 1, sizeof(*m->first_held));
	if (!held_at || !m->hold_of || !m->held_by || !m->wait_of || !m->first_held)
		return -ENOMEM;
	count_all(m);
	group_all(m, held_at);
	m->linked = true;
	return 0;
}

int64_t model_number(const struct model_resource *r, const char *name, int64_t otherwise)
{
	for (size_t i = 0; i < r->fact.n_state; i++) {
		if (!strcmp(r->fact.state[i].name, name))
			return r->fact.state[i].value;
	}
	return otherwise;
}
