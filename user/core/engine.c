// SPDX-License-Identifier: GPL-2.0
/*
 * Takes facts in their order, and drives the rest of the core:
 *
 *	TICK ... LOOKED		model	what this look saw
 *	LOOKED			history	what stood still since the last one
 *				finding	what is stuck, and why
 *				stalls	what of that is news
 *	... DETAILED		build_report, and out
 */
#include <errno.h>
#include <stdlib.h>

#include "build_report.h"
#include "copy_fact.h"
#include "engine.h"
#include "valid_fact.h"
#include "wants.h"

/* Where in the order of facts we are: a set of bits, to be looked up in. */
enum state {
	STATE_NEW = 1,
	STATE_BEGUN = 2,    /* after SESSION */
	STATE_LOOK = 4,	    /* after TICK */
	STATE_DETAIL = 8,   /* after LOOKED */
	STATE_BETWEEN = 16, /* after DETAILED */
	STATE_ENDED = 32,
};

struct engine {
	struct engine_out out;
	enum state state;
	struct arena arena; /* of the session */
	struct fact_session session;
	struct model model;
	struct history history;
	struct stalls stalls;
	struct losses losses;
	struct verdict_limits limits;
	struct diagnosis diagnosis;
	uint64_t looks;
	struct wants wants;
	enum severity worst; /* that was told */
};

int engine_new(const struct engine_out *out, struct engine **ret)
{
	struct engine *e = calloc(1, sizeof(*e));

	if (!e)
		return -ENOMEM;
	e->out = *out;
	e->state = STATE_NEW;
	*ret = e;
	return 0;
}

void engine_free(struct engine *e)
{
	if (!e)
		return;
	model_free(&e->model);
	history_free(&e->history);
	stalls_free(&e->stalls);
	losses_free(&e->losses);
	arena_free(&e->arena);
	free(e->wants.refs);
	free(e);
}

static int take_session(struct engine *e, const struct fact *f)
{
	int err = copy_session(&e->arena, &f->session, &e->session);

	if (err)
		return err;
	e->limits.threshold_ns = e->session.threshold_ns;
	e->limits.once = e->session.once;
	e->limits.include_parked = e->session.include_parked;
	e->limits.asked = e->session.target_pid != 0;
	stalls_begin(&e->stalls, &e->session);
	return e->out.session ? e->out.session(e->out.ctx, &e->session) : 0;
}

static int take_note(struct engine *e, const struct fact *f)
{
	return e->out.note ? e->out.note(e->out.ctx, &f->note) : 0;
}

static int take_tick(struct engine *e, const struct fact *f)
{
	model_begin(&e->model, &f->tick);
	return 0;
}

static int take_process(struct engine *e, const struct fact *f)
{
	return model_process(&e->model, &f->process);
}

static int take_thread(struct engine *e, const struct fact *f)
{
	return model_thread(&e->model, &f->thread);
}

static int take_resource(struct engine *e, const struct fact *f)
{
	return model_resource(&e->model, &f->resource);
}

static int take_wait(struct engine *e, const struct fact *f)
{
	return model_wait(&e->model, &f->wait);
}

static int take_hold(struct engine *e, const struct fact *f)
{
	return model_hold(&e->model, &f->hold);
}

static int take_lost(struct engine *e, const struct fact *f)
{
	return losses_take(&e->losses, &f->lost, e->model.tick.now_ns);
}

static int take_stack(struct engine *e, const struct fact *f)
{
	return model_stack(&e->model, &f->stack);
}

static int judge(struct engine *e)
{
	int err = diagnose(&e->limits, &e->history, &e->model, &e->diagnosis);

	if (!err)
		err = stalls_look(&e->stalls, &e->diagnosis);
	return err;
}

static int take_looked(struct engine *e, const struct fact *f)
{
	int err = model_link(&e->model);

	(void)f;
	e->wants.n = 0;
	if (!err)
		err = history_look(&e->history, &e->model);
	/* Of the looks of --once the second one is the first to tell. */
	if (err || (++e->looks == 1 && e->limits.once))
		return err;
	err = judge(e);
	return err ? err : wants_find(&e->diagnosis, &e->stalls, &e->wants);
}

static int report_out(struct engine *e, const struct report *report)
{
	if (report->severity > e->worst)
		e->worst = report->severity;
	return e->out.report ? e->out.report(e->out.ctx, report) : 0;
}

static bool kept_back(const struct engine *e, const struct report *report)
{
	return e->out.keeps_back && e->out.keeps_back(e->out.ctx, report);
}

/* How many were counted instead, where it is time to say so. */
static int tell_suppressed(struct engine *e, const struct fact_tick *now, bool end)
{
	const struct report *report;
	int err = 0;

	while (!err && (report = limits_due(&e->stalls.limits, now, end)))
		err = report_out(e, report);
	return err;
}

static int tell(struct engine *e)
{
	uint64_t now_ns = e->model.tick.now_ns;
	int err = 0;

	for (size_t i = 0; i < e->stalls.n_tellings && !err; i++) {
		const struct telling *t = &e->stalls.tellings[i];
		const struct report *report;
		bool told = false;

		err = build_report(&e->diagnosis, &e->session, &e->losses, t, &report);
		if (!err && t->change == CHANGE_NAMES && t->stall->names_later)
			continue; /* they are still not there */
		if (!err)
			err = stalls_admit(&e->stalls, t, now_ns, kept_back(e, report), &told);
		if (!err && told)
			err = report_out(e, report);
	}
	stalls_told(&e->stalls);
	return err ? err : tell_suppressed(e, &e->model.tick, false);
}

static int take_detailed(struct engine *e, const struct fact *f)
{
	(void)f;
	e->wants.n = 0;
	return tell(e);
}

static int take_end(struct engine *e, const struct fact *f)
{
	struct report_end end = {.session = &e->session,
				 .why = f->end.why,
				 .now_ns = f->end.now_ns,
				 .wall_ns = f->end.wall_ns,
				 .threads = e->model.tick.threads,
				 .parked = e->model.tick.parked,
				 .lost = e->losses.all,
				 .n_lost = e->losses.n};
	int err = 0;

	/* What was left undecided: better a doubtful picture than none. */
	if (e->limits.once && e->looks && (e->looks == 1 || e->model.undecided)) {
		e->limits.last = true;
		e->limits.hurried = e->looks == 1;
		err = judge(e);
		if (!err)
			err = tell(e);
	}
	if (!err)
		err = tell_suppressed(
			e, &(struct fact_tick){.now_ns = end.now_ns, .wall_ns = end.wall_ns}, true);
	end.opened = engine_opened(e);
	end.contended = e->stalls.n_contended;
	end.suppressed = e->stalls.limits.suppressed;
	end.still_open = engine_still_open(e);
	if (!err && e->out.end)
		err = e->out.end(e->out.ctx, &end);
	return err;
}

static const struct {
	unsigned int allowed; /* states */
	enum state then;      /* 0: stays */
	int (*take)(struct engine *e, const struct fact *f);
} takes[_FACT_MAX] = {
	[FACT_SESSION] = {STATE_NEW, STATE_BEGUN, take_session},
	[FACT_NOTE] = {STATE_BEGUN | STATE_LOOK, 0, take_note},
	[FACT_TICK] = {STATE_BEGUN | STATE_BETWEEN, STATE_LOOK, take_tick},
	[FACT_PROCESS] = {STATE_LOOK | STATE_DETAIL, 0, take_process},
	[FACT_THREAD] = {STATE_LOOK | STATE_DETAIL, 0, take_thread},
	[FACT_RESOURCE] = {STATE_LOOK, 0, take_resource},
	[FACT_WAIT] = {STATE_LOOK, 0, take_wait},
	[FACT_HOLD] = {STATE_LOOK, 0, take_hold},
	[FACT_LOST] = {STATE_LOOK | STATE_DETAIL, 0, take_lost},
	[FACT_LOOKED] = {STATE_LOOK, STATE_DETAIL, take_looked},
	[FACT_STACK] = {STATE_DETAIL, 0, take_stack},
	[FACT_DETAILED] = {STATE_DETAIL, STATE_BETWEEN, take_detailed},
	[FACT_END] = {STATE_BEGUN | STATE_BETWEEN, STATE_ENDED, take_end},
};

int engine_put(struct engine *e, const struct fact *fact)
{
	int err;

	if (!fact_is_valid(fact) || !(takes[fact->type].allowed & e->state))
		return -EPROTO;
	err = takes[fact->type].take(e, fact);
	if (!err && takes[fact->type].then)
		e->state = takes[fact->type].then;
	return err;
}

size_t engine_wants(const struct engine *e, const struct thread_ref **ret_refs)
{
	*ret_refs = e->wants.refs;
	return e->wants.n;
}

bool engine_undecided(const struct engine *e)
{
	return e->model.undecided || (e->limits.once && e->looks == 1);
}

enum severity engine_worst(const struct engine *e)
{
	return e->worst;
}

size_t engine_opened(const struct engine *e)
{
	return e->stalls.n_opened;
}

size_t engine_still_open(const struct engine *e)
{
	return e->stalls.n_still_open;
}
