// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>

#include "rules.h"
#include "stalls.h"

/* In so many looks in a row it must be gone: one may have failed to see it. */
#define GONE_LOOKS 2
/* For names that come late: about half a minute in all. */
#define NAMES_AFTER_NS 100000000ull
#define NAME_TRIES     8

static bool has_root(const void *items, uint32_t i, const void *key)
{
	struct stall *const *open = items;

	return open[i]->root_key == *(const uint64_t *)key;
}

void stalls_begin(struct stalls *s, const struct fact_session *session)
{
	s->seed = hash_u64(hash_u64(HASH_START, session->now_ns), session->wall_ns);
	s->seed = hash_text(s->seed, session->host);
}

static void stall_free(struct stall *stall)
{
	arena_free(&stall->arena);
	free(stall);
}

void stalls_free(struct stalls *s)
{
	for (size_t i = 0; i < s->n_open; i++)
		stall_free(s->open[i]);
	free(s->open);
	free(s->tellings);
	table_free(&s->by_root);
}

/* Base 32 without the letters that are taken for digits: to be read out on a telephone. */
static void make_id(const struct stalls *s, const struct diagnosis *d, const struct finding *f,
		    struct stall *stall)
{
	static const char letters[] = "0123456789abcdefghjkmnpqrstvwxyz";
	const struct model_wait *first = &d->model->waits[f->triggers[0]];
	uint64_t h = hash_u64(s->seed, stall->serial);

	h = hash_u64(h, (uint32_t)first->fact.ref.pid);
	h = hash_u64(h, (uint32_t)first->fact.ref.tid);
	h = hash_mix(hash_text(h, f->rule->name));
	for (int i = 0; i < 10; i++, h >>= 5)
		stall->id[i] = letters[h & 31];
}

/* The stall with this serial if it is open, or NULL. */
static struct stall *find_serial(const struct stalls *s, uint64_t serial)
{
	size_t low = 0, high = s->n_open;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (s->open[middle]->serial < serial)
			low = middle + 1;
		else
			high = middle;
	}
	return serial && low < s->n_open && s->open[low]->serial == serial ? s->open[low] : NULL;
}

static struct thread_past *past_of(const struct diagnosis *d, uint32_t thread)
{
	return history_thread(d->history, &d->model->threads[thread]);
}

/* Which stalls still have a triggering wait, found or not. */
static int mark_seen(struct stalls *s, const struct diagnosis *d)
{
	int err = 0;

	table_clear(&s->by_root);
	for (uint32_t i = 0; i < s->n_open && !err; i++) {
		s->open[i]->seen = false;
		s->open[i]->finding = NONE;
		if (table_find(&s->by_root, s->open[i]->root_key, has_root, s->open,
			       &s->open[i]->root_key) == TABLE_NONE)
			err = table_add(&s->by_root, s->open[i]->root_key, i);
	}
	for (size_t i = 0; i < d->model->n_waits && !err; i++) {
		struct thread_past *past = past_of(d, d->model->waits[i].thread);
		struct stall *stall = find_serial(s, past->stall);

		if (stall)
			stall->seen = true;
	}
	return err;
}

static void match(struct stall *stall, uint32_t finding, struct stall **of)
{
	stall->finding = finding;
	of[finding] = stall;
}

static void match_all(struct stalls *s, const struct diagnosis *d, struct stall **of)
{
	for (uint32_t i = 0; i < d->n_findings; i++) {
		uint64_t key = d->findings[i].root_key;
		uint32_t found = table_find(&s->by_root, key, has_root, s->open, &key);

		if (found != TABLE_NONE && s->open[found]->finding == NONE)
			match(s->open[found], i, of);
	}
	for (uint32_t i = 0; i < d->n_findings; i++) {
		const struct finding *f = &d->findings[i];

		for (uint32_t j = 0; j < f->n_triggers && !of[i]; j++) {
			uint32_t thread = d->model->waits[f->triggers[j]].thread;
			struct stall *stall = find_serial(s, past_of(d, thread)->stall);

			if (stall && stall->finding == NONE)
				match(stall, i, of);
		}
	}
}

static int open_stall(struct stalls *s, const struct diagnosis *d, uint32_t finding,
		      struct stall **ret)
{
	struct stall *stall;

	if (array_room(&s->open, &s->cap_open, s->n_open, sizeof(struct stall *)))
		return -ENOMEM;
	stall = calloc(1, sizeof(*stall));
	if (!stall)
		return -ENOMEM;
	stall->serial = ++s->n_opened;
	stall->seen_ns = d->history->now_ns;
	stall->finding = finding;
	make_id(s, d, &d->findings[finding], stall);
	s->open[s->n_open++] = stall;
	*ret = stall;
	return 0;
}

static void keep_since(const struct diagnosis *d, const struct finding *f, struct stall *stall)
{
	bool some_unknown = false;

	for (uint32_t i = 0; i < f->n_triggers; i++) {
		const struct model_wait *w = &d->model->waits[f->triggers[i]];
		uint64_t seen_ns = past_of(d, w->thread)->wait_seen_ns;

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

static bool has_new_waiters(const struct diagnosis *d, const struct finding *f,
			    const struct stall *stall)
{
	for (uint32_t i = 0; i < f->n_members; i++) {
		if (past_of(d, f->members[i])->told != stall->serial)
			return true;
	}
	return false;
}

static bool is_changed(const struct diagnosis *d, const struct finding *f,
		       const struct stall *stall)
{
	/* at most once a threshold, but then: a wait twice as long is always told */
	if (d->history->now_ns - stall->told_ns < d->limits->threshold_ns)
		return false;
	return stall->told_rule != f->rule || stall->told_root_key != f->root_key ||
	       has_new_waiters(d, f, stall);
}

/*
 * Names that were not there in time: is it time to look whether they are now?
 * After 100 ms, then twice as long each time.
 */
static bool names_due(const struct diagnosis *d, struct stall *stall)
{
	uint64_t now = d->history->now_ns;

	if (!stall->names_later || stall->tries > NAME_TRIES || d->limits->once)
		return false;
	if (stall->tries && now < stall->next_try_ns)
		return false;
	stall->next_try_ns = now + (NAMES_AFTER_NS << stall->tries++);
	return stall->tries > 1;
}

static int add_telling(struct stalls *s, enum report_event event, struct stall *stall,
		       struct finding *f)
{
	int err = array_room(&s->tellings, &s->cap_tellings, s->n_tellings, sizeof(*s->tellings));

	if (!err)
		s->tellings[s->n_tellings++] =
			(struct telling){.event = event, .stall = stall, .finding = f};
	return err;
}

static int tell_finding(struct stalls *s, struct diagnosis *d, struct stall *stall)
{
	struct finding *f = &d->findings[stall->finding];
	enum report_event event = stall->open	    ? EVENT_CHANGED
				  : d->limits->once ? EVENT_SNAPSHOT
						    : EVENT_OPENED;
	bool completes = false;
	int err;

	keep_since(d, f, stall);
	stall->root_key = f->root_key;
	stall->gone_looks = 0;
	for (uint32_t i = 0; i < f->n_triggers; i++)
		past_of(d, d->model->waits[f->triggers[i]].thread)->stall = stall->serial;
	if (stall->open && (d->limits->once || !is_changed(d, f, stall))) {
		completes = names_due(d, stall);
		if (!completes)
			return 0;
	}
	err = add_telling(s, event, stall, f);
	if (!err)
		err = cast_of(d, f, &d->model->arena, &s->tellings[s->n_tellings - 1].cast);
	if (err)
		return err;
	s->tellings[s->n_tellings - 1].completes = completes;
	if (completes)
		return 0;
	stall->tries = 0;
	for (uint32_t i = 0; i < f->n_members; i++)
		past_of(d, f->members[i])->told = stall->serial;
	stall->open = true;
	stall->told_ns = d->history->now_ns;
	stall->told_rule = f->rule;
	stall->told_root_key = f->root_key;
	return 0;
}

static int tell_unfound(struct stalls *s, const struct diagnosis *d, struct stall *stall)
{
	if (stall->seen || d->limits->once) {
		stall->gone_looks = 0;
		return 0;
	}
	if (!stall->gone_looks++)
		stall->gone_ns = d->history->now_ns;
	return stall->gone_looks < GONE_LOOKS ? 0 : add_telling(s, EVENT_RESOLVED, stall, NULL);
}

int stalls_look(struct stalls *s, struct diagnosis *d)
{
	struct stall **of = arena_array(&d->model->arena, d->n_findings, sizeof(struct stall *));
	int err = of ? mark_seen(s, d) : -ENOMEM;

	s->n_tellings = 0;
	if (err)
		return err;
	match_all(s, d, of);
	for (uint32_t i = 0; i < d->n_findings && !err; i++) {
		if (!of[i])
			err = open_stall(s, d, i, &of[i]);
	}
	/* What is over comes first: it makes the rest shorter to read. */
	for (size_t i = 0; i < s->n_open && !err; i++) {
		if (s->open[i]->finding == NONE)
			err = tell_unfound(s, d, s->open[i]);
	}
	for (size_t i = 0; i < s->n_open && !err; i++) {
		if (s->open[i]->finding != NONE)
			err = tell_finding(s, d, s->open[i]);
	}
	return err;
}

void stalls_told(struct stalls *s)
{
	size_t n = 0;

	s->n_tellings = 0;
	for (size_t i = 0; i < s->n_open; i++) {
		if (s->open[i]->gone_looks >= GONE_LOOKS)
			stall_free(s->open[i]);
		else
			s->open[n++] = s->open[i];
	}
	s->n_open = n;
}
