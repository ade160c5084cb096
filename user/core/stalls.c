// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>

#include "rules.h"
#include "stalls_kept.h"
#include "stalls_list.h"
#include "stalls_match.h"
#include "stalls_news.h"

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
	if (!stalls_is_news(s, d, &t))
		return 0;
	err = stalls_is_ripe(d, &t, &ripe);
	if (err || !ripe)
		return err;
	err = cast_of(d, f, &d->model->arena, &t.cast);
	if (!err)
		err = add_telling(s, &t);
	if (!err)
		stalls_note_told(s, d, &t);
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
