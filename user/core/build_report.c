// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>

#include "build_report_private.h"
#include "certainty.h"
#include "heading.h"
#include "rules.h"
#include "signature.h"
#include "summary.h"

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
