// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "roots.h"
#include "verdict.h"

static const struct model_resource *resource_at(const struct roots *r, uint32_t node)
{
	return &r->model->resources[graph_resource_of(r->graph, node)];
}

static const struct thread_ref *ref_of(const struct roots *r, uint32_t thread)
{
	return &r->model->threads[thread].fact.ref;
}

/* For sorting without a global: what it takes to compare goes along. */
struct item {
	struct thread_ref ref;
	uint32_t thread;
};

static int by_ref(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int c = ref_compare(&x->ref, &y->ref);

	return c ? c : (x->thread > y->thread) - (x->thread < y->thread);
}

static uint32_t *sort_threads(struct arena *a, const struct model *m)
{
	struct item *items = arena_array(a, m->n_threads, sizeof(*items));
	uint32_t *sorted = arena_array(a, m->n_threads, sizeof(*sorted));

	if (!items || !sorted)
		return NULL;
	for (uint32_t i = 0; i < m->n_threads; i++)
		items[i] = (struct item){.ref = m->threads[i].fact.ref, .thread = i};
	qsort(items, m->n_threads, sizeof(*items), by_ref);
	for (size_t i = 0; i < m->n_threads; i++)
		sorted[i] = items[i].thread;
	return sorted;
}

/* Groups nodes by component: threads by ref, then resources. */
static int group_parts(struct arena *a, struct roots *r)
{
	const struct graph *g = r->graph;

	r->threads = sort_threads(a, r->model);
	r->parts = arena_array(a, g->n_components, sizeof(*r->parts));
	r->by_part = arena_array(a, g->n, sizeof(*r->by_part));
	if (!r->threads || !r->parts || !r->by_part)
		return -ENOMEM;
	for (uint32_t i = 0; i < g->n; i++)
		r->parts[g->component[i]].n++;
	for (uint32_t c = 0, n = 0; c < g->n_components; c++) {
		r->parts[c].first = n;
		n += r->parts[c].n;
		r->parts[c].n = 0;
		r->parts[c].all_locks = true;
	}
	for (uint32_t i = 0; i < g->n; i++) {
		uint32_t node = graph_is_thread(g, i) ? r->threads[i] : i;
		struct root_part *part = &r->parts[g->component[node]];

		if (!part->n)
			part->smallest = node;
		r->by_part[part->first + part->n++] = node;
		if (graph_is_thread(g, node))
			part->n_threads++;
		else if (!class_is_lock(resource_at(r, node)->fact.class))
			part->all_locks = false;
	}
	return 0;
}

enum root_kind roots_kind(const struct roots *r, uint32_t component)
{
	const struct root_part *part = &r->parts[component];

	if (part->n_threads > 1)
		return ROOT_CYCLE;
	if (part->n > 1)
		return ROOT_SELF;
	if (!part->n_threads)
		return ROOT_UNKNOWN;
	return verdict_is_gone(&r->model->threads[part->smallest]) ? ROOT_GONE : ROOT_THREAD;
}

static const char *key_of(const struct roots *r, uint32_t node)
{
	return resource_at(r, node)->fact.key;
}

/* Is root a worse than root b? Never for two that are the same. */
static bool is_worse(const struct roots *r, uint32_t a, uint32_t b)
{
	enum root_kind kind_a = roots_kind(r, a), kind_b = roots_kind(r, b);
	uint32_t x = r->parts[a].smallest, y = r->parts[b].smallest;

	if (kind_a != kind_b)
		return kind_a < kind_b;
	if (kind_a == ROOT_UNKNOWN)
		return strcmp(key_of(r, x), key_of(r, y)) < 0;
	return ref_compare(ref_of(r, x), ref_of(r, y)) < 0;
}

/*
 * Edges lead to smaller components, so by the time one is looked at all that
 * it leads to are done. A circle made of locks alone is a root even if there
 * is a way out of it, be it to a worse one: each of its locks needs all its
 * holders to let go.
 */
static void find_best(struct roots *r)
{
	const struct graph *g = r->graph;

	for (uint32_t c = 0; c < g->n_components; c++) {
		struct root_part *part = &r->parts[c];

		part->best = part->n > 1 && part->all_locks ? c : NONE;
		for (uint32_t i = 0; i < part->n && part->best != c; i++) {
			uint32_t node = r->by_part[part->first + i];

			for (uint32_t e = g->first[node]; e < g->first[node + 1]; e++) {
				uint32_t to = g->component[g->to[e]];

				if (to == c)
					continue;
				to = r->parts[to].best;
				if (part->best == NONE || is_worse(r, to, part->best))
					part->best = to;
			}
		}
		if (part->best == NONE)
			part->best = c;
	}
}

uint64_t roots_key(const struct roots *r, uint32_t component)
{
	const struct root_part *part = &r->parts[component];
	uint64_t h = HASH_START;

	for (uint32_t i = 0; i < part->n_threads; i++) {
		const struct thread_ref *ref = ref_of(r, r->by_part[part->first + i]);

		h = hash_u64(hash_u64(h, (uint32_t)ref->pid), (uint32_t)ref->tid);
	}
	if (!part->n_threads)
		h = hash_text(h, key_of(r, part->smallest));
	return hash_mix(h);
}

int roots_find(struct model *m, const struct graph *g, struct roots *ret)
{
	struct roots r = {.model = m, .graph = g};
	int err = group_parts(&m->arena, &r);

	if (err)
		return err;
	find_best(&r);
	*ret = r;
	return 0;
}
