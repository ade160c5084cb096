// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "finding.h"
#include "rules.h"

struct search {
	struct diagnosis *d;
	struct roots roots;
	uint32_t *finding; /* of each component as a root, or NONE */
};

/* For sorting without a global: what it takes to compare goes along. */
struct item {
	struct thread_ref ref;
	bool idle;
	uint64_t since_ns;
	uint32_t index;
	uint32_t thread;
	const char *key; /* of a root that is no thread */
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

	if (x->idle != y->idle)
		return x->idle ? 1 : -1;
	if (x->since_ns != y->since_ns)
		return x->since_ns < y->since_ns ? -1 : 1;
	return by_ref(a, b);
}

/* Those without a thread come last; never by number, which is the order of the facts. */
static int by_root(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (!x->key != !y->key)
		return x->key ? 1 : -1;
	return x->key ? strcmp(x->key, y->key) : by_ref(a, b);
}

static const struct thread_ref *ref_of(const struct diagnosis *d, uint32_t thread)
{
	return &d->model->threads[thread].fact.ref;
}

static struct finding new_finding(const struct search *s, uint32_t component)
{
	const struct root_part *part = &s->roots.parts[component];

	return (struct finding){
		.kind = roots_kind(&s->roots, component),
		.component = component,
		.roots = s->roots.by_part + part->first,
		.n_roots = part->n_threads,
		.unknown = part->n_threads ? NONE : graph_resource_of(&s->d->graph, part->smallest),
		.root_key = roots_key(&s->roots, component),
	};
}

/*
 * Triggers, longest first: an unknown beginning is from before we looked. What
 * may just be idle comes after what is stuck.
 */
static struct item *sort_triggers(const struct diagnosis *d, size_t *ret_n)
{
	struct model *m = d->model;
	struct item *items = arena_array(&m->arena, m->n_waits, sizeof(*items));
	size_t n = 0;

	for (uint32_t i = 0; items && i < m->n_waits; i++) {
		if (m->waits[i].triggers)
			items[n++] = (struct item){.ref = *ref_of(d, m->waits[i].thread),
						   .idle = m->waits[i].told_idle,
						   .since_ns = m->waits[i].fact.since_ns,
						   .index = i,
						   .thread = m->waits[i].thread};
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
		uint32_t root = roots_of(&s->roots, triggers[i].thread);
		uint32_t smallest = s->roots.parts[root].smallest;

		if (s->finding[root] != NONE)
			continue;
		s->finding[root] = 0;
		roots[n] = (struct item){.index = root};
		if (s->roots.parts[root].n_threads)
			roots[n].ref = *ref_of(d, smallest);
		else
			roots[n].key = d->model->resources[graph_resource_of(&d->graph, smallest)]
					       .fact.key;
		n++;
	}
	qsort(roots, n, sizeof(*roots), by_root);
	d->findings = arena_array(&d->model->arena, n, sizeof(*d->findings));
	if (!d->findings)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		s->finding[roots[i].index] = (uint32_t)i;
		d->findings[i] = new_finding(s, roots[i].index);
	}
	d->n_findings = n;
	return 0;
}

static struct finding *finding_of(const struct search *s, uint32_t thread)
{
	uint32_t finding = s->finding[roots_of(&s->roots, thread)];

	return finding == NONE ? NULL : &s->d->findings[finding];
}

/*
 * Who leads there and is stuck: the reader of a full queue may wait for
 * something live, and others who do the same have no part in it.
 */
static struct finding *finding_of_waiter(const struct search *s, uint32_t thread)
{
	const struct model *m = s->d->model;
	const struct model_wait *w = model_wait_by(m, thread);

	return w && w->followed && !m->threads[thread].live ? finding_of(s, thread) : NULL;
}

/* Hands each finding its part of one array; then fill in order. */
static int share_out(struct search *s, const struct item *triggers, size_t n_triggers)
{
	struct diagnosis *d = s->d;
	struct model *m = d->model;
	uint32_t *members = arena_array(&m->arena, m->n_threads, sizeof(*members));
	uint32_t *waits = arena_array(&m->arena, n_triggers, sizeof(*waits));

	if (!members || !waits)
		return -ENOMEM;
	for (size_t i = 0; i < m->n_waits; i++) {
		const struct model_wait *w = &m->waits[i];
		struct finding *f = finding_of_waiter(s, w->thread);

		if (f)
			f->n_members++;
		if (f && w->triggers)
			f->n_triggers++;
	}
	for (size_t i = 0; i < d->n_findings; i++) {
		struct finding *f = &d->findings[i];

		f->members = members;
		f->triggers = waits;
		members += f->n_members;
		waits += f->n_triggers;
		f->n_members = f->n_triggers = 0;
	}
	for (size_t i = 0; i < m->n_threads; i++) {
		uint32_t thread = s->roots.threads[i];
		struct finding *f = finding_of_waiter(s, thread);

		if (f)
			f->members[f->n_members++] = thread;
	}
	for (size_t i = 0; i < n_triggers; i++) {
		struct finding *f = finding_of(s, triggers[i].thread);

		if (f)
			f->triggers[f->n_triggers++] = triggers[i].index;
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
	err = roots_find(d->model, &d->graph, &s.roots);
	s.finding = empty_slots(&d->model->arena, d->graph.n_components);
	if (!err && !s.finding)
		err = -ENOMEM;
	if (!err)
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
