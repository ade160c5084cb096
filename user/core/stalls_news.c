// SPDX-License-Identifier: GPL-2.0
#include "stalls_news.h"

#include "trail.h"

/* So many changes are told once a threshold; then each waits twice as long, up to 64. */
#define FREE_CHANGES  10
#define MAX_DOUBLINGS 6
/* Names that were not there in time: half a minute in all. */
#define NAMES_AFTER_NS 100000000ull
#define NAME_TRIES     8

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

/* As looks begin before the threshold, that has mostly been so for a while. */
int stalls_is_ripe(struct diagnosis *d, const struct telling *t, bool *ret)
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

bool stalls_is_news(struct stalls *s, const struct diagnosis *d, struct telling *t)
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

void stalls_note_told(const struct stalls *s, const struct diagnosis *d, const struct telling *t)
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
