// SPDX-License-Identifier: GPL-2.0
/* What a stall is called, and whether it was there before. */
#include <errno.h>
#include <string.h>

#include "rules.h"
#include "stalls_list.h"
#include "stalls_match.h"

/* So soon after it was resolved it is the same stall again. In thresholds. */
#define REOPENED_WITHIN 10

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

static uint64_t identity_of(const struct diagnosis *d, const struct finding *f)
{
	const struct model_wait *lead = &d->model->waits[f->lead];
	uint64_t h = hash_text(hash_u64(HASH_START, f->root_key), f->rule->name);

	return hash_text(h, d->model->resources[lead->resource].fact.key);
}

/* Did the same one end just before this began? */
static void find_earlier(const struct stalls *s, const struct diagnosis *d, struct stall *stall)
{
	const struct finding *f = &d->findings[stall->finding];
	const struct model_wait *first = &d->model->waits[f->triggers[0]];
	uint64_t began = first->fact.quality == SINCE_UNKNOWN ? d->history->now_ns
							      : first->fact.since_ns;
	uint64_t within = REOPENED_WITHIN * s->threshold_ns;
	const struct recent_stall *earlier;

	stall->identity = identity_of(d, f);
	earlier = recent_find(&s->recent, stall->identity, began > within ? began - within : 0);
	stall->times = 1;
	if (!earlier)
		return;
	memcpy(stall->id, earlier->id, sizeof(stall->id));
	stall->times += earlier->times;
}

/* Was one of its waits told of as a part of another stall, that goes on without it? */
static void find_origin(const struct stalls *s, const struct diagnosis *d, struct stall *stall)
{
	const struct finding *f = &d->findings[stall->finding];

	for (uint32_t i = 0; i < f->n_triggers; i++) {
		const struct stall *other = stalls_of_wait(s, d, f->triggers[i]);

		if (!other || !other->told || other->finding == NONE)
			continue;
		memcpy(stall->split_from, other->id, sizeof(stall->split_from));
		return;
	}
}

int stalls_open(struct stalls *s, const struct diagnosis *d, uint32_t finding)
{
	struct stall *stall = stalls_new(s);

	if (!stall)
		return -ENOMEM;
	stall->seen_ns = d->history->now_ns;
	stall->finding = finding;
	make_id(s, d, &d->findings[finding], stall);
	find_earlier(s, d, stall);
	find_origin(s, d, stall);
	return 0;
}
