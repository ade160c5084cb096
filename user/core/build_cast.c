// SPDX-License-Identifier: GPL-2.0
/*
 * Threads, resources and holders of a report: copies, as the look that they are
 * from is over before the report is.
 */
#include <errno.h>

#include "build_report_private.h"
#include "copy_fact.h"
#include "rule_holders.h"

static int copy_shared(struct builder *b, const char *s, const char **ret)
{
	int err;

	if (s != b->from || !s) {
		err = arena_copy(b->arena, s, &b->to);
		if (err)
			return err;
		b->from = s;
	}
	*ret = b->to;
	return 0;
}

static int build_wait(struct builder *b, const struct cast_thread *c, struct report_thread *ret)
{
	const struct model_wait *w = model_wait_by(b->d->model, c->thread);
	const struct model_thread *t = &b->d->model->threads[c->thread];
	uint64_t now = b->d->history->now_ns, since = w->fact.since_ns;
	int err = arena_copy(b->arena, w->fact.verb, &ret->wait.verb);

	if (err)
		return err;
	ret->resource = b->d->resource_slots[c->resource];
	ret->wait.ref = t->fact.ref;
	ret->wait.resource = b->resources[ret->resource].fact.key;
	ret->wait.since_ns = since;
	ret->wait.since_wall_ns = w->fact.since_wall_ns;
	ret->wait.quality = w->fact.quality;
	ret->wait.before = w->fact.before;
	ret->wait.tries = w->fact.tries;
	if (w->fact.quality == SINCE_UNKNOWN)
		since = history_thread(b->d->history, t)->wait_seen_ns;
	ret->waited_ns = now > since ? now - since : 0;
	b->report->n_stuck++;
	return 0;
}

static int copy_place(struct builder *b, const struct fact_process *p, struct report_thread *ret)
{
	int err = arena_copy(b->arena, p->comm, &ret->process);

	if (!err)
		err = arena_copy(b->arena, p->exe, &ret->exe);
	if (!err)
		err = arena_copy(b->arena, p->cgroup, &ret->cgroup);
	if (!err)
		err = arena_copy(b->arena, p->unit, &ret->unit);
	ret->ns_pid = p->ns_pid;
	return err;
}

static int build_thread(struct builder *b, const struct cast_thread *c, struct report_thread *ret)
{
	const struct model_thread *t = &b->d->model->threads[c->thread];
	const struct model_process *process = model_find_process(b->d->model, t->fact.ref.pid);
	int err = copy_thread(b->arena, &t->fact, &ret->fact);

	if (!err && process)
		err = copy_place(b, &process->fact, ret);
	if (!err)
		err = stack_set_add(&b->stacks, t->stack, &ret->stack);
	b->telling->stall->names_later |= t->stack && t->stack->names_later;
	ret->role = c->role;
	ret->resource = REPORT_NONE;
	if (t->gone && !t->stated) {
		ret->fact.activity = ACT_GONE;
		ret->fact.state = 'X';
		ret->fact.doing = "gone";
	}
	if (!err)
		err = ret->role != ROLE_ROOT ? 0
					     : root_doing(b->d, b->telling->finding, c->thread,
							  b->arena, &ret->fact.doing);
	if (!err && c->resource != NONE)
		err = build_wait(b, c, ret);
	return err;
}

static int copy_taken(struct builder *b, const struct model_taken *taken, struct fact_hold *ret)
{
	int err = arena_copy(b->arena, taken->at, &ret->taken_at);

	if (!err)
		err = arena_copy(b->arena, taken->module, &ret->taken_module);
	if (!err)
		err = arena_copy(b->arena, taken->build_id, &ret->taken_build_id);
	ret->taken_offset = taken->offset;
	ret->taken_ns = taken->ns;
	ret->taken_wall_ns = taken->wall_ns;
	return err;
}

static int build_holder(struct builder *b, const char *key, const struct model_hold *hold,
			struct report_holder *ret)
{
	struct fact_hold *f = &ret->fact;
	int err = copy_shared(b, hold->why, &f->why);

	if (!err && hold->taken)
		err = copy_taken(b, hold->taken, f);
	ret->thread = REPORT_NONE;
	if (hold->thread != NONE) {
		ret->thread = b->d->thread_slots[hold->thread];
		f->ref = b->d->model->refs.all[hold->thread];
	}
	f->resource = key;
	f->evidence = hold->evidence;
	f->gone = hold->gone;
	f->copied = hold->copied;
	f->reentered = hold->reentered;
	return err;
}

static int build_resource(struct builder *b, uint32_t resource, struct report_resource *ret)
{
	const struct model_resource *r = &b->d->model->resources[resource];
	struct report_holder *holders = arena_array(b->arena, r->n_holds, sizeof(*holders));
	int err = holders ? copy_resource(b->arena, &r->fact, &ret->fact) : -ENOMEM;

	for (uint32_t i = 0; i < r->n_holds && !err; i++) {
		const struct model_hold *hold = model_hold_at(b->d->model, r, i);

		err = build_holder(b, ret->fact.key, hold, &holders[i]);
	}
	ret->holders = holders;
	ret->n_holders = r->n_holds;
	return err;
}

static void set_slots(struct builder *b, bool on)
{
	const struct cast *cast = &b->telling->cast;

	for (size_t i = 0; i < cast->n_threads; i++)
		b->d->thread_slots[cast->threads[i].thread] = on ? (uint32_t)i : NONE;
	for (size_t i = 0; i < cast->n_resources; i++)
		b->d->resource_slots[cast->resources[i]] = on ? (uint32_t)i : NONE;
}

int build_cast(struct builder *b)
{
	const struct cast *cast = &b->telling->cast;
	int err = 0;

	b->threads = arena_array(b->arena, cast->n_threads, sizeof(*b->threads));
	b->resources = arena_array(b->arena, cast->n_resources, sizeof(*b->resources));
	if (!b->threads || !b->resources)
		return -ENOMEM;
	set_slots(b, true);
	for (size_t i = 0; i < cast->n_resources && !err; i++)
		err = build_resource(b, cast->resources[i], &b->resources[i]);
	for (size_t i = 0; i < cast->n_threads && !err; i++) {
		err = build_thread(b, &cast->threads[i], &b->threads[i]);
		b->report->many_processes |= b->threads[i].fact.ref.pid !=
					     b->threads[0].fact.ref.pid;
	}
	set_slots(b, false);
	b->report->threads = b->threads;
	b->report->n_threads = cast->n_threads;
	b->report->resources = b->resources;
	b->report->n_resources = cast->n_resources;
	return err;
}
