// SPDX-License-Identifier: GPL-2.0
/* What of a look is told, and to whom. */
#include "build_report.h"
#include "engine_private.h"
#include "stalls_kept.h"

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

int engine_tell_suppressed(struct engine *e, const struct fact_tick *now, bool end)
{
	const struct report *report;
	int err = 0;

	while (!err && (report = limits_due(&e->stalls.limits, now, end)))
		err = report_out(e, report);
	return err;
}

/* One that was never found in this session: what was told of it is elsewhere. */
static int tell_ended(struct engine *e, const struct telling *t)
{
	const struct stall *stall = t->stall;
	bool unseen = kept_is_unseen(stall);
	uint64_t since = stall->since_ns ? stall->since_ns : stall->seen_ns;
	uint64_t until = unseen ? kept_last_ns(stall) : stall->gone_ns;
	const struct stall_end end = {
		.session = &e->session,
		.id = stall->id,
		.event = t->event,
		.ending = unseen && !stall->into ? ENDING_UNWATCHED : ENDING_WATCHED,
		.into = stall->into ? stall->into->id : "",
		.now_ns = e->model.tick.now_ns,
		.wall_ns = e->model.tick.wall_ns,
		.lasted_ns = until > since ? until - since : 0,
	};

	return e->out.ended ? e->out.ended(e->out.ctx, &end) : 0;
}

int engine_tell(struct engine *e)
{
	uint64_t now_ns = e->model.tick.now_ns;
	int err = 0;

	for (size_t i = 0; i < e->stalls.n_tellings && !err; i++) {
		const struct telling *t = &e->stalls.tellings[i];
		const struct report *report;
		bool told = false;

		if (!t->finding && !t->stall->report && t->stall->kept) {
			err = tell_ended(e, t);
			continue;
		}
		err = build_report(&e->diagnosis, &e->session, &e->losses, t, &report);
		if (!err && t->change == CHANGE_NAMES && t->stall->names_later)
			continue; /* they are still not there */
		if (t->quiet)
			continue;
		if (!err)
			err = stalls_admit(&e->stalls, t, now_ns, kept_back(e, report), &told);
		if (!err && told)
			err = report_out(e, report);
	}
	stalls_told(&e->stalls);
	return err ? err : engine_tell_suppressed(e, &e->model.tick, false);
}
