// SPDX-License-Identifier: GPL-2.0
#include "stalls_kept.h"
#include "stalls_list.h"
#include "stalls_match.h"

/* In so many looks in a row two stalls must be one: chains may look longer than they are. */
#define MERGE_LOOKS 2

static bool has_root(const void *items, uint32_t i, const void *key)
{
	struct stall *const *open = items;

	return open[i]->root_key == *(const uint64_t *)key;
}

/* Which stalls still have a triggering wait, found or not. */
static int mark_seen(struct stalls *s, const struct diagnosis *d)
{
	int err = 0;

	table_clear(&s->by_root);
	for (uint32_t i = 0; i < s->n_open && !err; i++) {
		s->open[i]->seen = kept_is_unmoved(s->open[i]);
		s->open[i]->finding = NONE;
		if (table_find(&s->by_root, s->open[i]->root_key, has_root, s->open,
			       &s->open[i]->root_key) == TABLE_NONE)
			err = table_add(&s->by_root, s->open[i]->root_key, i);
	}
	for (uint32_t i = 0; i < d->model->n_waits && !err; i++) {
		struct stall *stall = stalls_of_wait(s, d, i);

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

static void match_by_root(struct stalls *s, const struct diagnosis *d, struct stall **of)
{
	for (uint32_t i = 0; i < d->n_findings; i++) {
		uint64_t key = d->findings[i].root_key;
		uint32_t found = table_find(&s->by_root, key, has_root, s->open, &key);

		if (found != TABLE_NONE && s->open[found]->finding == NONE)
			match(s->open[found], i, of);
	}
}

static void match_by_trigger(struct stalls *s, const struct diagnosis *d, struct stall **of)
{
	for (uint32_t i = 0; i < d->n_findings; i++) {
		const struct finding *f = &d->findings[i];

		for (uint32_t j = 0; j < f->n_triggers && !of[i]; j++) {
			struct stall *stall = stalls_of_wait(s, d, f->triggers[j]);

			if (stall && stall->finding == NONE)
				match(stall, i, of);
		}
	}
}

/* The younger one goes on as a part of the older; one that nobody heard of, as a part of any. */
static void merge(struct stall *a, struct stall *b, uint32_t finding, struct stall **of)
{
	bool a_stays = a->told == b->told ? a->serial < b->serial : a->told;
	struct stall *stays = a_stays ? a : b, *goes = a_stays ? b : a;

	goes->finding = NONE;
	goes->into = stays;
	match(stays, finding, of);
}

/* A stall that is found nowhere, but whose waits now lead to the root of another one. */
static void find_merged(struct stalls *s, const struct diagnosis *d, struct stall **of)
{
	uint64_t look = d->history->look;

	for (uint32_t i = 0; i < d->n_findings; i++) {
		const struct finding *f = &d->findings[i];

		for (uint32_t j = 0; j < f->n_triggers && of[i]; j++) {
			struct stall *other = stalls_of_wait(s, d, f->triggers[j]);

			if (!other || other == of[i] || other->finding != NONE || other->into ||
			    other->merging_look == look)
				continue;
			if (other->merging != of[i]->serial || other->merging_look + 1 != look)
				other->merging_looks = 0;
			other->merging = of[i]->serial;
			other->merging_look = look;
			if (++other->merging_looks >= MERGE_LOOKS)
				merge(of[i], other, i, of);
		}
	}
}

int stalls_match(struct stalls *s, const struct diagnosis *d, struct stall **of)
{
	int err = mark_seen(s, d);

	if (err)
		return err;
	match_by_root(s, d, of);
	match_by_trigger(s, d, of);
	find_merged(s, d, of);
	return 0;
}
