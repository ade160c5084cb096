// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>

#include "build_report.h"
#include "certainty.h"
#include "copy_fact.h"
#include "heading.h"
#include "rule_holders.h"
#include "rules.h"
#include "signature.h"
#include "stack_set.h"
#include "summary.h"

struct builder {
	struct arena *arena;
	struct diagnosis *d;
	const struct telling *telling;
	struct report *report;
	struct report_thread *threads;
	struct report_resource *resources;
	struct stack_set stacks;
	const char *from, *to; /* the newest text that was copied: neighbours often share it */
};

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

static int build_cast(struct builder *b)
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

/*
 * A stall keeps the signature that it was first told with: what of its stacks
 * can be read, and who waits longest, may be another in the next look. Only
 * another rule makes it another bug.
 */
static void build_signature(struct builder *b, const struct trail *trail)
{
	const struct finding *f = b->telling->finding;
	struct stall *stall = b->telling->stall;
	struct report *r = b->report;

	if (stall->signature_rule != f->rule) {
		stall->signature_partial = !signature_of(b->d, f, trail, stall->signature);
		stall->signature_rule = f->rule;
	}
	memcpy(r->signature, stall->signature, sizeof(r->signature));
	r->signature_partial = stall->signature_partial;
}

static int build_words(struct builder *b, const struct losses *losses)
{
	const struct finding *f = b->telling->finding;
	struct report *r = b->report;
	struct doubts doubts = {0};
	struct trail trail;
	int err = trail_of(b->d, f, b->arena, &trail);

	if (!err)
		err = summary_of(b->d, f, &b->telling->cast, &trail, b->arena, &r->summary);
	if (!err)
		err = certainty_of(b->d, f, &trail, losses, r->since_ns, b->arena, &doubts);
	if (err)
		return err;
	err = heading_of(b->d, f, b->arena, &r->heading);
	if (err)
		return err;
	build_signature(b, &trail);
	r->rule = f->rule->name;
	r->title = rules_title(b->d, f);
	r->advice = rules_advice(b->d, f);
	r->certainty = doubts.certainty;
	r->severity = rules_severity(f->rule);
	r->doubts = doubts.sentences;
	r->n_doubts = doubts.n;
	return 0;
}

/* What changes even when nothing else is known any more. */
static void build_time(struct report *r, const struct stall *stall, uint64_t until_ns,
		       const struct fact_tick *tick)
{
	uint64_t since = stall->since_ns ? stall->since_ns : stall->seen_ns;

	r->now_ns = tick->now_ns;
	r->wall_ns = tick->wall_ns;
	r->since_ns = stall->since_ns;
	r->since_wall_ns = stall->since_wall_ns;
	r->since_quality = stall->since_quality;
	r->already_stuck = stall->before;
	r->lasted_ns = until_ns > since ? until_ns - since : 0;
}

static int build_found(struct diagnosis *d, const struct losses *losses, const struct telling *t)
{
	struct stall *stall = t->stall;
	struct builder b = {.arena = &stall->arena, .d = d, .telling = t};
	int err;

	arena_reset(&stall->arena);
	stall->report = NULL;
	b.stacks.arena = &stall->arena;
	b.report = arena_alloc(&stall->arena, sizeof(*b.report));
	if (!b.report)
		return -ENOMEM;
	memcpy(b.report->id, stall->id, sizeof(b.report->id));
	b.report->life = (struct report_life){
		.change = t->change, .more = t->more, .times = stall->times, .first = REPORT_NONE};
	memcpy(b.report->life.split_from, stall->split_from, sizeof(stall->split_from));
	build_time(b.report, stall, d->history->now_ns, &d->model->tick);
	stall->names_later = false;
	err = build_cast(&b);
	if (!err)
		err = build_words(&b, losses);
	if (!err)
		err = stack_set_done(&b.stacks, &b.report->stacks, &b.report->n_stacks);
	stack_set_free(&b.stacks);
	if (!err)
		stall->report = b.report;
	return err;
}

/* A stall that is over, or a part of another one: as last told, with its end. */
static void build_last(struct stall *stall, const struct fact_tick *tick)
{
	struct report_life *life = &stall->report->life;

	build_time(stall->report, stall, stall->gone_ns, tick);
	life->change = 0;
	life->more = 0;
	if (stall->into) {
		memcpy(life->into, stall->into->id, sizeof(life->into));
	} else {
		life->first = stall->mover.decided ? stall->mover.thread : REPORT_NONE;
		life->first_evidence = stall->mover.evidence;
		life->first_how = stall->mover.how;
	}
}

int build_report(struct diagnosis *d, const struct fact_session *session,
		 const struct losses *losses, const struct telling *t, const struct report **ret)
{
	struct stall *stall = t->stall;
	int err = t->finding ? build_found(d, losses, t) : 0;

	if (!err && !stall->report)
		err = -ENOMEM; /* when it was to be told of first */
	if (err)
		return err;
	if (!t->finding)
		build_last(stall, &d->model->tick);
	stall->report->event = t->event;
	stall->report->session = session;
	stall->report->lost = losses->all;
	stall->report->n_lost = losses->n;
	stall->report->unseen = losses->unseen;
	stall->report->n_unseen = losses->n_unseen;
	*ret = stall->report;
	return 0;
}
