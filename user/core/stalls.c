// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rules.h"
#include "stalls_kept.h"
#include "stalls_match.h"
#include "trail.h"

/* So many changes are told once a threshold; then each waits twice as long, up to 64. */
#define FREE_CHANGES  10
#define MAX_DOUBLINGS 6
/* Names that were not there in time: half a minute in all. */
#define NAMES_AFTER_NS 100000000ull
#define NAME_TRIES     8

void stalls_begin(struct stalls *s, const struct fact_session *session)
{
	s->seed = hash_u64(hash_u64(HASH_START, session->now_ns), session->wall_ns);
	s->seed = hash_text(s->seed, session->host);
	s->threshold_ns = session->threshold_ns;
	limits_begin(&s->limits, session->threshold_ns);
}

static void stall_free(struct stall *stall)
{
	arena_free(&stall->arena);
	kept_free(stall->kept);
	free(stall);
}

void stalls_free(struct stalls *s)
{
	for (size_t i = 0; i < s->n_open; i++)
		stall_free(s->open[i]);
	free(s->open);
	free(s->tellings);
	table_free(&s->by_root);
	limits_free(&s->limits);
}

static void keep_since(const struct diagnosis *d, const struct finding *f, struct stall *stall)
{
	bool some_unknown = false;

	for (uint32_t i = 0; i < f->n_triggers; i++) {
		const struct model_wait *w = &d->model->waits[f->triggers[i]];
		uint64_t seen_ns = past_of(d, w->thread)->wait_seen_ns;

		if (past_of(d, w->thread)->stall != stall->serial)
			continue; /* not merged yet */
		stall->before |= w->fact.before;
		if (seen_ns < stall->seen_ns)
			stall->seen_ns = seen_ns;
		if (w->fact.quality == SINCE_UNKNOWN) {
			some_unknown = true;
			continue;
		}
		if (stall->since_ns && stall->since_ns <= w->fact.since_ns)
			continue;
		stall->since_ns = w->fact.since_ns;
		stall->since_wall_ns = w->fact.since_wall_ns;
		stall->since_quality = w->fact.quality;
	}
	if (!stall->since_ns)
		stall->since_quality = SINCE_UNKNOWN;
	else if (some_unknown) /* which may be the first one */
		stall->since_quality = SINCE_AT_LEAST;
}

/* Its waits are of this stall from now on, but for those of one that is not merged yet. */
static void claim_triggers(const struct stalls *s, const struct diagnosis *d,
			   const struct finding *f, const struct stall *stall)
{
	for (uint32_t i = 0; i < f->n_triggers; i++) {
		const struct stall *other = stalls_of_wait(s, d, f->triggers[i]);

		if (!other || other->into || other->finding != NONE)
			past_of(d, d->model->waits[f->triggers[i]].thread)->stall = stall->serial;
	}
}

/* ---- What of it is news ---- */

static uint32_t level_of(const struct stalls *s, const struct diagnosis *d,
			 const struct stall *stall)
{
	uint64_t since = stall->since_ns ? stall->since_ns : stall->seen_ns;
	uint64_t age = d->history->now_ns > since ? d->history->now_ns - since : 0;

	return age >= 100 * s->threshold_ns ? 2 : age >= 10 * s->threshold_ns ? 1 : 0;
}

static size_t count_new(const struct diagnosis *d, const struct finding *f,
			const struct stall *stall)
{
	size_t n = 0;

	for (uint32_t i = 0; i < f->n_members; i++)
		n += past_of(d, f->members[i])->told != stall->serial;
	return n;
}

/* At most once a threshold, but then: a wait twice as long is always told. */
static bool is_due(const struct stalls *s, const struct diagnosis *d, const struct finding *f,
		   const struct stall *stall)
{
	bool is_circle = f->kind == ROOT_CYCLE || f->kind == ROOT_SELF;
	uint32_t doublings = stall->n_changes > FREE_CHANGES ? stall->n_changes - FREE_CHANGES : 0;

	if (doublings > MAX_DOUBLINGS)
		doublings = MAX_DOUBLINGS;
	if (is_circle && stall->told_rule != f->rule)
		doublings = 0; /* a deadlock ends all changes */
	return d->history->now_ns - stall->told_ns >= s->threshold_ns << doublings;
}

static bool is_changed(const struct stalls *s, const struct diagnosis *d, const struct finding *f,
		       struct telling *t)
{
	const struct stall *stall = t->stall;

	if (!is_due(s, d, f, stall))
		return false;
	t->event = EVENT_CHANGED;
	t->more = count_new(d, f, stall);
	t->change = stall->told_rule != f->rule		  ? CHANGE_RULE
		    : stall->told_root_key != f->root_key ? CHANGE_ROOT
		    : t->more				  ? CHANGE_WAITERS
							  : 0;
	return t->change != 0;
}

/* Others get the lock: no two looks will agree on who holds it. */
static bool passes_by(const struct diagnosis *d, const struct finding *f)
{
	const struct model_wait *lead = &d->model->waits[f->lead];

	return f->kind == ROOT_THREAD && past_of(d, lead->thread)->wait_looks >= 2 &&
	       verdict_changed_hands(d->history, &d->model->resources[lead->resource]);
}

/*
 * Nothing is told before two looks agree on all of its chain. As looks begin
 * before the threshold, that has mostly been so for a while.
 */
static int is_ripe(struct diagnosis *d, const struct telling *t, bool *ret)
{
	const struct finding *f = t->finding;
	struct trail trail;
	int err;

	*ret = t->stall->looks >= 2 || d->limits->once;
	if (*ret || t->stall->split_from[0])
		return 0;
	err = trail_of(d, f, &d->model->arena, &trail);
	if (!err)
		*ret = passes_by(d, f) || trail_read_once(&trail, d) == NONE;
	return err;
}

/* Is it time to look for them again? Each try waits twice as long as the one before. */
static bool names_due(const struct diagnosis *d, struct stall *stall)
{
	uint64_t now = d->history->now_ns;

	if (!stall->names_later || stall->name_tries > NAME_TRIES)
		return false;
	if (stall->name_tries && now < stall->next_try_ns)
		return false;
	stall->next_try_ns = now + (NAMES_AFTER_NS << stall->name_tries++);
	return stall->name_tries > 1;
}

/* Is there anything to tell of a stall that was found? */
static bool is_news(struct stalls *s, const struct diagnosis *d, struct telling *t)
{
	struct stall *stall = t->stall;
	uint32_t level = level_of(s, d, stall);

	t->more = 0;
	if (stall->told && d->limits->once)
		return false;
	if (stall->told && is_changed(s, d, t->finding, t))
		return true;
	if (stall->kept && !stall->report) {
		t->event = EVENT_OPENED;
		t->quiet = true;
		return true;
	}
	t->event = stall->told	      ? EVENT_ESCALATED
		   : d->limits->once  ? EVENT_SNAPSHOT
		   : stall->times > 1 ? EVENT_REOPENED
				      : EVENT_OPENED;
	if (stall->told) {
		t->more = count_new(d, t->finding, stall);
		if (level > stall->level || !names_due(d, stall))
			return level > stall->level;
		t->event = EVENT_CHANGED;
		t->change = CHANGE_NAMES;
		return true;
	}
	if (stall->suppressed)
		return level && limits_have_room(&s->limits, stall->signature, d->history->now_ns);
	return true;
}

static void note_told(const struct stalls *s, const struct diagnosis *d, const struct telling *t)
{
	struct stall *stall = t->stall;
	const struct finding *f = t->finding;

	if (t->quiet || t->change == CHANGE_NAMES)
		return; /* if there are none it is not told at all */
	stall->name_tries = 0;
	stall->mover = (struct mover){.thread = REPORT_NONE};
	if (t->event != EVENT_CHANGED)
		stall->level = level_of(s, d, stall);
	if (t->event == EVENT_ESCALATED)
		return; /* what has changed is still to be told */
	for (uint32_t i = 0; i < f->n_members; i++)
		past_of(d, f->members[i])->told = stall->serial;
	stall->n_changes += t->event == EVENT_CHANGED;
	stall->told = true;
	stall->told_ns = d->history->now_ns;
	stall->told_rule = f->rule;
	stall->told_root_key = f->root_key;
}

static int add_telling(struct stalls *s, const struct telling *t)
{
	int err = array_room(&s->tellings, &s->cap_tellings, s->n_tellings, sizeof(*s->tellings));

	if (!err)
		s->tellings[s->n_tellings++] = *t;
	return err;
}

static int tell_found(struct stalls *s, struct diagnosis *d, struct stall *stall)
{
	struct finding *f = &d->findings[stall->finding];
	struct telling t = {.stall = stall, .finding = f};
	bool ripe;
	int err;

	claim_triggers(s, d, f, stall);
	keep_since(d, f, stall);
	stall->root_key = f->root_key;
	stall->gone_looks = 0;
	stall->looks++;
	if (!is_news(s, d, &t))
		return 0;
	err = is_ripe(d, &t, &ripe);
	if (err || !ripe)
		return err;
	err = cast_of(d, f, &d->model->arena, &t.cast);
	if (!err)
		err = add_telling(s, &t);
	if (!err)
		note_told(s, d, &t);
	return err;
}

static int tell_unfound(struct stalls *s, const struct diagnosis *d, struct stall *stall)
{
	struct telling t = {.stall = stall, .event = stall->into ? EVENT_MERGED : EVENT_RESOLVED};

	if (!stall->into && (stall->seen || d->limits->once)) {
		stall->gone_looks = 0;
		return 0;
	}
	if (!stall->into && kept_may_come(stall, d->history->now_ns, s->threshold_ns))
		return 0;
	if (!stall->gone_looks++)
		stall->gone_ns = d->history->now_ns;
	if ((!stall->into && stall->gone_looks < STALLS_GONE_LOOKS) || !stall->told ||
	    d->limits->once)
		return 0;
	return add_telling(s, &t);
}

static int watch_movers(const struct stalls *s, const struct diagnosis *d)
{
	int err = 0;

	for (size_t i = 0; i < s->n_open && !err && !d->limits->once; i++) {
		struct stall *stall = s->open[i];

		if (stall->told && stall->report)
			err = mover_look(d, stall->report, &stall->arena, &stall->mover);
	}
	return err;
}

int stalls_look(struct stalls *s, struct diagnosis *d)
{
	struct stall **of = arena_array(&d->model->arena, d->n_findings, sizeof(struct stall *));
	int err = of ? 0 : -ENOMEM;

	s->n_tellings = 0;
	if (!err) {
		stalls_kept_look(s, d);
		err = stalls_match(s, d, of);
	}
	if (!err)
		err = watch_movers(s, d);
	for (uint32_t i = 0; i < d->n_findings && !err; i++) {
		if (!of[i])
			err = stalls_open(s, d, i);
	}
	/* What is over comes first: it makes the rest shorter to read. */
	for (size_t i = 0; i < s->n_open && !err; i++) {
		if (s->open[i]->finding == NONE)
			err = tell_unfound(s, d, s->open[i]);
	}
	for (size_t i = 0; i < s->n_open && !err; i++) {
		if (s->open[i]->finding != NONE)
			err = tell_found(s, d, s->open[i]);
	}
	return err;
}
