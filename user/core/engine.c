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

#include "copy_fact.h"
#include "engine_private.h"
#include "rules.h"
#include "stalls_kept.h"
#include "valid_fact.h"

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
	free(e->kept_refs);
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

static int take_stall(struct engine *e, const struct fact *f)
{
	enum severity severity = rules_severity_of(f->stall.rule);
	int err = stalls_keep(&e->stalls, &f->stall, e->session.now_ns);

	if (severity > e->worst)
		e->worst = severity;

	return err || !e->out.kept ? err : e->out.kept(e->out.ctx, &f->stall);
}

static int take_stall_wait(struct engine *e, const struct fact *f)
{
	return stalls_keep_wait(&e->stalls, &f->stall_wait);
}

static int take_tick(struct engine *e, const struct fact *f)
{
	model_begin(&e->model, &f->tick);
	losses_look(&e->losses);
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

static int take_unseen(struct engine *e, const struct fact *f)
{
	return losses_unseen(&e->losses, &f->unseen);
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

static int take_detailed(struct engine *e, const struct fact *f)
{
	(void)f;
	e->wants.n = 0;
	return engine_tell(e);
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
				 .n_lost = e->losses.n,
				 .unseen = e->losses.unseen,
				 .n_unseen = e->losses.n_unseen};
	int err = 0;

	/* What was left undecided: better a doubtful picture than none. */
	if (e->limits.once && e->looks && (e->looks == 1 || e->model.undecided)) {
		e->limits.last = true;
		e->limits.hurried = e->looks == 1;
		err = judge(e);
		if (!err)
			err = engine_tell(e);
	}
	if (!err)
		err = engine_tell_suppressed(
			e, &(struct fact_tick){.now_ns = end.now_ns, .wall_ns = end.wall_ns}, true);
	end.opened = e->stalls.n_opened;
	end.kept = e->stalls.n_kept;
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
	[FACT_UNSEEN] = {STATE_LOOK, 0, take_unseen},
	[FACT_LOOKED] = {STATE_LOOK, STATE_DETAIL, take_looked},
	[FACT_STACK] = {STATE_DETAIL, 0, take_stack},
	[FACT_DETAILED] = {STATE_DETAIL, STATE_BETWEEN, take_detailed},
	[FACT_STALL] = {STATE_BEGUN, 0, take_stall},
	[FACT_STALL_WAIT] = {STATE_BEGUN, 0, take_stall_wait},
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

int engine_kept(struct engine *e, const struct thread_ref **ret_refs, size_t *ret_n)
{
	int err;

	free(e->kept_refs);
	e->kept_refs = NULL;
	err = stalls_kept_refs(&e->stalls, &e->kept_refs, ret_n);
	*ret_refs = e->kept_refs;
	return err;
}

int engine_save(const struct engine *e, const struct fact_sink *to)
{
	return stalls_save(&e->stalls, &e->history, &e->model.tick, to);
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
	return e->stalls.n_opened + e->stalls.n_kept;
}

size_t engine_still_open(const struct engine *e)
{
	return e->stalls.n_still_open;
}

uint64_t engine_lost(const struct engine *e)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < e->losses.n; i++)
		sum += e->losses.all[i].count;
	return sum;
}
