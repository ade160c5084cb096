// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>

#include "finding.h"
#include "rules.h"

/* What is known of a component of the graph. */
struct part {
	uint32_t first; /* in by_part */
	uint32_t n;	/* nodes */
	uint32_t n_threads;
	uint32_t smallest; /* thread, NONE if there is none; or the resource's node */
	uint32_t best;	   /* the root that its members are counted with: a component */
	uint32_t finding;  /* of this component as a root, or NONE */
	bool all_locks;
};

struct search {
	struct diagnosis *d;
	struct part *parts;
	uint32_t *by_part; /* nodes grouped by component */
	uint32_t *threads; /* all threads, by ref */
};

/* For sorting without a global: what it takes to compare goes along. */
struct item {
	struct thread_ref ref;
	uint64_t since_ns;
	uint32_t index;
};

static int by_ref(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int c = ref_compare(&x->ref, &y->ref);

	return c ? c : (x->index > y->index) - (x->index < y->index);
}

static int by_since(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (x->since_ns != y->since_ns)
		return x->since_ns < y->since_ns ? -1 : 1;
	return by_ref(a, b);
}

static const struct thread_ref *ref_of(const struct diagnosis *d, uint32_t thread)
{
	return &d->model->threads[thread].fact.ref;
}

static uint32_t *sort_threads(const struct diagnosis *d)
{
	size_t n = d->model->n_threads;
	struct item *items = arena_array(&d->model->arena, n, sizeof(*items));
	uint32_t *sorted = arena_array(&d->model->arena, n, sizeof(*sorted));

	if (!items || !sorted)
		return NULL;
	for (uint32_t i = 0; i < n; i++)
		items[i] = (struct item){.ref = *ref_of(d, i), .index = i};
	qsort(items, n, sizeof(*items), by_ref);
	for (size_t i = 0; i < n; i++)
		sorted[i] = items[i].index;
	return sorted;
}

/* Groups nodes by component: threads by ref, then resources. */
static int group_parts(struct search *s)
{
	const struct graph *g = &s->d->graph;
	struct arena *a = &s->d->model->arena;

	s->threads = sort_threads(s->d);
	s->parts = arena_array(a, g->n_components, sizeof(*s->parts));
	s->by_part = arena_array(a, g->n, sizeof(*s->by_part));
	if (!s->threads || !s->parts || !s->by_part)
		return -ENOMEM;
	for (uint32_t i = 0; i < g->n; i++)
		s->parts[g->component[i]].n++;
	for (uint32_t c = 0, n = 0; c < g->n_components; c++) {
		s->parts[c].first = n;
		n += s->parts[c].n;
		s->parts[c].n = 0;
		s->parts[c].finding = NONE;
		s->parts[c].all_locks = true;
	}
	for (uint32_t i = 0; i < g->n; i++) {
		uint32_t node = graph_is_thread(g, i) ? s->threads[i] : i;
		struct part *part = &s->parts[g->component[node]];

		if (!part->n)
			part->smallest = node;
		s->by_part[part->first + part->n++] = node;
		if (graph_is_thread(g, node))
			part->n_threads++;
		else if (s->d->model->resources[graph_resource_of(g, node)].fact.class !=
			 CLASS_LOCK)
			part->all_locks = false;
	}
	return 0;
}

static enum root_kind kind_of(const struct search *s, uint32_t component)
{
	const struct part *part = &s->parts[component];

	if (part->n_threads > 1)
		return ROOT_CYCLE;
	if (part->n > 1)
		return ROOT_SELF;
	if (!part->n_threads)
		return ROOT_UNKNOWN;
	return verdict_is_gone(&s->d->model->threads[part->smallest]) ? ROOT_GONE : ROOT_THREAD;
}

/* Is root a worse than root b? Never for two that are the same. */
static bool is_worse(const struct search *s, uint32_t a, uint32_t b)
{
	enum root_kind kind_a = kind_of(s, a), kind_b = kind_of(s, b);
	uint32_t x = s->parts[a].smallest, y = s->parts[b].smallest;

	if (kind_a != kind_b)
		return kind_a < kind_b;
	if (kind_a == ROOT_UNKNOWN)
		return x < y;
	return ref_compare(ref_of(s->d, x), ref_of(s->d, y)) < 0;
}

/*
 * Edges lead to smaller components, so by the time one is looked at all that
 * it leads to are done. A circle made of locks alone is a root even if there
 * is a way out of it: each of its locks needs all its holders to let go.
 */
static void find_roots(struct search *s)
{
	const struct graph *g = &s->d->graph;

	for (uint32_t c = 0; c < g->n_components; c++) {
		struct part *part = &s->parts[c];

		part->best = part->n > 1 && part->all_locks ? c : NONE;
		for (uint32_t i = 0; i < part->n; i++) {
			uint32_t node = s->by_part[part->first + i];

			for (uint32_t e = g->first[node]; e < g->first[node + 1]; e++) {
				uint32_t to = g->component[g->to[e]];

				if (to == c)
					continue;
				to = s->parts[to].best;
				if (part->best == NONE || is_worse(s, to, part->best))
					part->best = to;
			}
		}
		if (part->best == NONE)
			part->best = c;
	}
}

static uint32_t root_of(const struct search *s, uint32_t thread)
{
	return s->parts[s->d->graph.component[thread]].best;
}

static uint64_t root_key(const struct search *s, uint32_t component)
{
	const struct part *part = &s->parts[component];
	const struct graph *g = &s->d->graph;
	uint64_t h = HASH_START;

	for (uint32_t i = 0; i < part->n_threads; i++) {
		const struct thread_ref *ref = ref_of(s->d, s->by_part[part->first + i]);

		h = hash_u64(hash_u64(h, (uint32_t)ref->pid), (uint32_t)ref->tid);
	}
	if (!part->n_threads)
		h = hash_text(
			h, s->d->model->resources[graph_resource_of(g, part->smallest)].fact.key);
	return hash_mix(h);
}

static struct finding new_finding(const struct search *s, uint32_t component)
{
	const struct part *part = &s->parts[component];

	return (struct finding){
		.kind = kind_of(s, component),
		.component = component,
		.roots = s->by_part + part->first,
		.n_roots = part->n_threads,
		.unknown = part->n_threads ? NONE : graph_resource_of(&s->d->graph, part->smallest),
		.root_key = root_key(s, component),
	};
}

/* Triggers, longest first: an unknown beginning is from before we looked. */
static struct item *sort_triggers(const struct diagnosis *d, size_t *ret_n)
{
	struct model *m = d->model;
	struct item *items = arena_array(&m->arena, m->n_waits, sizeof(*items));
	size_t n = 0;

	for (uint32_t i = 0; items && i < m->n_waits; i++) {
		if (m->waits[i].triggers)
			items[n++] = (struct item){.ref = *ref_of(d, m->waits[i].thread),
						   .since_ns = m->waits[i].fact.since_ns,
						   .index = i};
	}
	if (items)
		qsort(items, n, sizeof(*items), by_since);
	*ret_n = n;
	return items;
}

/* Opens a finding for each root that a trigger leads to, in the order of the roots. */
static int open_findings(struct search *s, const struct item *triggers, size_t n_triggers)
{
	struct diagnosis *d = s->d;
	struct item *roots = arena_array(&d->model->arena, n_triggers, sizeof(*roots));
	size_t n = 0;

	if (!roots)
		return -ENOMEM;
	for (size_t i = 0; i < n_triggers; i++) {
		uint32_t root = root_of(s, d->model->waits[triggers[i].index].thread);
		uint32_t smallest = s->parts[root].smallest;

		if (s->parts[root].finding != NONE)
			continue;
		s->parts[root].finding = 0;
		roots[n] = (struct item){.index = root};
		/* Those without a thread come last. */
		if (s->parts[root].n_threads)
			roots[n].ref = *ref_of(d, smallest);
		else
			roots[n].ref = (struct thread_ref){.pid = INT32_MAX, .start = smallest};
		n++;
	}
	qsort(roots, n, sizeof(*roots), by_ref);
	d->findings = arena_array(&d->model->arena, n, sizeof(*d->findings));
	if (!d->findings)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		s->parts[roots[i].index].finding = (uint32_t)i;
		d->findings[i] = new_finding(s, roots[i].index);
	}
	d->n_findings = n;
	return 0;
}

static struct finding *finding_of(const struct search *s, uint32_t thread)
{
	uint32_t finding = s->parts[root_of(s, thread)].finding;

	return finding == NONE ? NULL : &s->d->findings[finding];
}

/* Hands each finding its part of one array; then fill in order. */
static int share_out(struct search *s, const struct item *triggers, size_t n_triggers)
{
	struct diagnosis *d = s->d;
	struct model *m = d->model;
	uint32_t *members = arena_array(&m->arena, m->n_threads, sizeof(*members));
	uint32_t *waits = arena_array(&m->arena, n_triggers, sizeof(*waits));
	uint32_t *n_seen = arena_array(&m->arena, d->n_findings, 2 * sizeof(*n_seen));

	if (!members || !waits || !n_seen)
		return -ENOMEM;
	for (size_t i = 0; i < m->n_waits; i++) {
		const struct model_wait *w = &m->waits[i];
		struct finding *f = w->followed ? finding_of(s, w->thread) : NULL;

		if (f)
			f->n_members++;
		if (f && w->triggers)
			f->n_triggers++;
	}
	for (size_t i = 0; i < d->n_findings; i++) {
		d->findings[i].members = members;
		d->findings[i].triggers = waits;
		members += d->findings[i].n_members;
		waits += d->findings[i].n_triggers;
	}
	for (size_t i = 0; i < m->n_threads; i++) {
		const struct model_wait *w = model_wait_by(m, s->threads[i]);
		struct finding *f = w && w->followed ? finding_of(s, s->threads[i]) : NULL;

		if (f)
			((uint32_t *)f->members)[n_seen[2 * (f - d->findings)]++] = s->threads[i];
	}
	for (size_t i = 0; i < n_triggers; i++) {
		struct finding *f = finding_of(s, m->waits[triggers[i].index].thread);

		((uint32_t *)f->triggers)[n_seen[2 * (f - d->findings) + 1]++] = triggers[i].index;
	}
	return 0;
}

static uint32_t *empty_slots(struct arena *a, size_t n)
{
	uint32_t *slots = arena_array(a, n, sizeof(*slots));

	for (size_t i = 0; slots && i < n; i++)
		slots[i] = NONE;
	return slots;
}

static int find_findings(struct diagnosis *d)
{
	struct search s = {.d = d};
	size_t n_triggers;
	const struct item *triggers = sort_triggers(d, &n_triggers);
	int err;

	if (!triggers)
		return -ENOMEM;
	if (!n_triggers)
		return 0; /* as nearly always: nothing to group */
	err = group_parts(&s);
	if (err)
		return err;
	find_roots(&s);
	err = open_findings(&s, triggers, n_triggers);
	if (!err)
		err = share_out(&s, triggers, n_triggers);
	for (size_t i = 0; i < d->n_findings && !err; i++)
		rules_apply(d, &d->findings[i]);
	return err;
}

int diagnose(const struct verdict_limits *limits, struct history *h, struct model *m,
	     struct diagnosis *ret)
{
	struct diagnosis d = {.limits = limits, .history = h, .model = m};
	int err = verdict_pass(limits, h, m);

	if (!err)
		err = graph_build(m, &d.graph);
	d.thread_slots = empty_slots(&m->arena, m->n_threads);
	d.resource_slots = empty_slots(&m->arena, m->n_resources);
	if (!err && (!d.thread_slots || !d.resource_slots))
		err = -ENOMEM;
	if (!err)
		err = find_findings(&d);
	if (!err)
		*ret = d;
	return err;
}
