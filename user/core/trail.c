// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>

#include "trail.h"

/* A circle is searched from so many of its threads: enough for any that a person can follow. */
#define CYCLE_STARTS 64

static int keep(struct arena *a, const uint32_t *nodes, uint32_t n, const uint32_t **ret)
{
	uint32_t *copy = arena_array(a, n, sizeof(*copy));

	if (!copy)
		return -ENOMEM;
	if (n)
		memcpy(copy, nodes, n * sizeof(*copy));
	*ret = copy;
	return 0;
}

int trail_of(struct diagnosis *d, const struct finding *f, struct arena *a, struct trail *ret)
{
	uint32_t n_starts = f->n_roots < CYCLE_STARTS ? f->n_roots : CYCLE_STARTS;
	struct trail trail = {0};
	const uint32_t *nodes = NULL;
	int err;

	trail.n_path = graph_path(&d->graph, d->model->waits[f->lead].thread, f->component, &nodes);
	err = keep(a, nodes, trail.n_path, &trail.path);
	if (!err && (f->kind == ROOT_CYCLE || f->kind == ROOT_SELF)) {
		trail.n_cycle = graph_cycle(&d->graph, f->roots, n_starts, &nodes);
		err = keep(a, nodes, trail.n_cycle, &trail.cycle);
	}
	if (!err)
		*ret = trail;
	return err;
}

/* Is what was read of it, and of this wait for it, what an earlier look had read? */
static bool is_reread(const struct diagnosis *d, uint32_t thread, uint32_t resource)
{
	const struct model *m = d->model;
	const struct model_resource *r = &m->resources[graph_resource_of(&d->graph, resource)];

	return history_resource(d->history, r)->holder_looks >= 2 &&
	       history_thread(d->history, &m->threads[thread])->wait_looks >= 2;
}

static uint32_t read_once(const struct diagnosis *d, const uint32_t *nodes, uint32_t n)
{
	for (uint32_t i = 0; i + 1 < n; i += 2) {
		if (!is_reread(d, nodes[i], nodes[i + 1]))
			return nodes[i + 1];
	}
	return NONE;
}

uint32_t trail_read_once(const struct trail *trail, const struct diagnosis *d)
{
	uint32_t node = read_once(d, trail->path, trail->n_path);

	return node == NONE ? read_once(d, trail->cycle, trail->n_cycle) : node;
}

static void add_name(struct text *t, const char *comm, int32_t id)
{
	if (comm)
		text_add(t, comm, " (", NULL);
	else
		text_add(t, "thread ", NULL);
	text_number(t, (uint32_t)id);
	if (comm)
		text_add(t, ")", NULL);
}

void trail_name(struct text *t, const struct diagnosis *d, uint32_t thread, int32_t home)
{
	const struct fact_thread *fact = &d->model->threads[thread].fact;
	const struct model_process *process = model_find_process(d->model, fact->ref.pid);
	const char *comm = process ? process->fact.comm : NULL;

	if (!fact->ref.tid) {
		add_name(t, fact->comm ? fact->comm : comm ? comm : "process", fact->ref.pid);
		return;
	}
	add_name(t, fact->comm, fact->ref.tid);
	if (fact->ref.pid == home || fact->ref.pid == fact->ref.tid)
		return;
	text_add(t, " of ", NULL);
	add_name(t, comm ? comm : "process", fact->ref.pid);
}

/* What a hold says, as one that is still there, or as one that is gone. */
static const struct {
	const char *now, *gone;
} claims[_CLASS_MAX] = {
	[CLASS_PARK] = {" is the one to end the waits on ", " was the one to end the waits on "},
	[CLASS_LOCK] = {" holds ", " held "},
	[CLASS_FULL] = {" is the one to read ", " was the one to read "},
	[CLASS_BACKLOG] = {" is the one to accept on ", " was the one to accept on "},
	[CLASS_EMPTY] = {" is the one to end the waits on ", " was the one to end the waits on "},
	[CLASS_TOKEN] = {" has not given back ", " had not given back "},
	[CLASS_FILE_LOCK] = {" holds ", " held "},
	[CLASS_PILE] = {" is the one to end the waits on ", " was the one to end the waits on "},
};

void trail_claim(struct text *t, const struct diagnosis *d, const struct model_resource *r,
		 const struct model_hold *hold)
{
	bool gone = hold->gone || verdict_is_gone(&d->model->threads[hold->thread]);

	trail_name(t, d, hold->thread, 0);
	if (hold->copied)
		text_add(t, " held the lock that ", r->fact.name, " is a copy of", NULL);
	else
		text_add(t, gone ? claims[r->fact.class].gone : claims[r->fact.class].now,
			 r->fact.name, NULL);
}
