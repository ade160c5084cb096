// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rules.h"
#include "stalls_kept_private.h"
#include "stalls_list.h"

/* Its waiters are there, but have moved: so long may it take to find it again. In thresholds. */
#define GRACE	     10
#define GRACE_MIN_NS UINT64_C(5000000000)

/* Waits that come up so long after it was picked up are new. In thresholds. */
#define SETTLES 2

void kept_free(struct kept *k)
{
	if (!k)
		return;
	arena_free(&k->arena);
	free(k->waits);
	free(k);
}

static void fill(struct stall *stall, const struct fact_stall *f, uint64_t now_ns)
{
	memcpy(stall->id, f->id, strlen(f->id) + 1);
	memcpy(stall->signature, f->signature, strlen(f->signature) + 1);
	stall->signature_partial = f->signature_partial;
	/* NULL, of another version: it has changed */
	stall->told_rule = stall->signature_rule = rules_find(f->rule);
	stall->root_key = stall->told_root_key = f->root_key;
	stall->identity = f->identity;
	stall->times = f->times;
	stall->level = f->level;
	stall->n_changes = f->changes;
	stall->since_ns = f->since_ns;
	stall->since_wall_ns = f->since_wall_ns;
	stall->since_quality = f->quality;
	stall->before = f->before;
	stall->seen_ns = f->seen_ns;
	stall->told_ns = now_ns; /* the first looks may see less than the last ones did */
	stall->told = true;
	stall->finding = NONE;
}

int stalls_keep(struct stalls *s, const struct fact_stall *f, uint64_t now_ns)
{
	struct kept *kept = calloc(1, sizeof(*kept));
	struct stall *stall = kept ? stalls_new(s) : NULL;

	if (!stall) {
		free(kept);
		return -ENOMEM;
	}
	kept->at_ns = now_ns;
	kept->last_ns = f->last_ns;
	kept->last_wall_ns = f->last_wall_ns;
	stall->kept = kept;
	fill(stall, f, now_ns);
	s->n_still_open++;
	s->n_kept++;
	return 0;
}

static struct stall *find_kept(const struct stalls *s, const char *id)
{
	for (size_t i = s->n_open; i-- > 0;) {
		if (s->open[i]->kept && !strcmp(s->open[i]->id, id))
			return s->open[i];
	}
	return NULL;
}

int stalls_keep_wait(struct stalls *s, const struct fact_stall_wait *f)
{
	struct stall *stall = find_kept(s, f->stall);
	struct kept *k = stall ? stall->kept : NULL;
	struct kept_wait w = {.ref = f->ref, .nvcsw = f->nvcsw, .trigger = f->trigger};
	int err;

	if (!k || k->n == KEPT_WAITS_MAX)
		return 0;
	err = array_room(&k->waits, &k->cap, k->n, sizeof(*k->waits));
	if (!err)
		err = arena_copy(&k->arena, f->resource, &w.resource);
	if (!err)
		k->waits[k->n++] = w;
	return err;
}

/* ---- In each look ---- */

/* Is it, as far as can be told, the wait of then? One that was seen to begin later is not. */
static bool is_same(const struct diagnosis *d, const struct kept *k, const struct kept_wait *w,
		    const struct model_wait *now)
{
	return now && !strcmp(d->model->resources[now->resource].fact.key, w->resource) &&
	       (now->fact.quality != SINCE_EXACT || now->fact.since_ns <= k->last_ns);
}

static void look_at(const struct diagnosis *d, struct stall *stall, const struct kept_wait *w)
{
	uint32_t thread = model_find_thread(d->model, &w->ref);
	struct kept *k = stall->kept;
	struct thread_past *past;

	if (thread == NONE || !d->model->threads[thread].stated ||
	    d->model->threads[thread].fact.activity == ACT_GONE)
		return;
	k->alive |= w->trigger;
	k->unmoved |= w->trigger && d->model->threads[thread].fact.nvcsw == w->nvcsw;
	if (!is_same(d, k, w, model_wait_by(d->model, thread)))
		return;
	k->seen = true;
	past = past_of(d, thread);
	if (w->trigger && !past->stall)
		past->stall = stall->serial;
	if (!past->told)
		past->told = stall->serial;
}

void stalls_kept_look(struct stalls *s, const struct diagnosis *d)
{
	for (size_t i = 0; i < s->n_open; i++) {
		struct stall *stall = s->open[i];
		struct kept *k = stall->kept;

		if (!k)
			continue;
		k->alive = k->unmoved = false;
		if (stall->report && d->history->now_ns > k->at_ns + SETTLES * s->threshold_ns)
			continue;
		for (size_t j = 0; j < k->n; j++)
			look_at(d, stall, &k->waits[j]);
		k->seen |= k->unmoved;
	}
}

bool kept_is_unmoved(const struct stall *stall)
{
	return stall->kept && stall->kept->unmoved;
}

bool kept_may_come(const struct stall *stall, uint64_t now_ns, uint64_t threshold_ns)
{
	uint64_t grace_ns = GRACE * threshold_ns;

	if (grace_ns < GRACE_MIN_NS)
		grace_ns = GRACE_MIN_NS;
	return stall->kept && !stall->report && stall->kept->alive &&
	       now_ns < stall->kept->at_ns + grace_ns;
}

bool kept_is_unseen(const struct stall *stall)
{
	return stall->kept && !stall->kept->seen && !stall->looks;
}

uint64_t kept_last_ns(const struct stall *stall)
{
	return stall->kept->last_ns;
}

int stalls_kept_refs(const struct stalls *s, struct thread_ref **ret, size_t *ret_n)
{
	struct thread_ref *refs = NULL;
	size_t n = 0, cap = 0;
	int err = 0;

	for (size_t i = 0; i < s->n_open && !err; i++) {
		const struct kept *k = s->open[i]->report ? NULL : s->open[i]->kept;

		for (size_t j = 0; k && j < k->n && !err; j++) {
			if (!k->waits[j].trigger)
				continue;
			err = array_room(&refs, &cap, n, sizeof(*refs));
			if (!err)
				refs[n++] = k->waits[j].ref;
		}
	}
	if (err) {
		free(refs);
		return err;
	}
	*ret = refs;
	*ret_n = n;
	return 0;
}
