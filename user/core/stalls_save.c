// SPDX-License-Identifier: GPL-2.0
/* What a later session must know of the stalls that are open. */
#include "rules.h"
#include "stalls_kept_private.h"

static int save_stall(const struct stall *stall, const struct fact_tick *now,
		      const struct fact_sink *to)
{
	bool unseen = kept_is_unseen(stall);
	struct fact f = {
		.type = FACT_STALL,
		.stall =
			{
				.id = stall->id,
				.rule = stall->told_rule ? stall->told_rule->name : "",
				.signature = stall->signature,
				.signature_partial = stall->signature_partial,
				.root_key = stall->told_root_key,
				.identity = stall->identity,
				.times = stall->times,
				.level = stall->level,
				.changes = stall->n_changes,
				.since_ns = stall->since_ns,
				.since_wall_ns = stall->since_wall_ns,
				.quality = stall->since_quality,
				.before = stall->before,
				.seen_ns = stall->seen_ns,
				.last_ns = unseen ? stall->kept->last_ns : now->now_ns,
				.last_wall_ns = unseen ? stall->kept->last_wall_ns : now->wall_ns,
			},
	};

	return fact_put(to, &f);
}

static int save_wait(const struct stall *stall, const struct kept_wait *w,
		     const struct fact_sink *to)
{
	struct fact f = {.type = FACT_STALL_WAIT,
			 .stall_wait = {.stall = stall->id,
					.ref = w->ref,
					.resource = w->resource,
					.nvcsw = w->nvcsw,
					.trigger = w->trigger}};

	return fact_put(to, &f);
}

static const char *key_of(const struct history *h, uint64_t serial)
{
	for (size_t i = 0; i < h->n_resources; i++) {
		if (h->resources[i].serial == serial)
			return h->resources[i].key;
	}
	return NULL;
}

/* Its triggers, then the others that it was told with. */
static int save_waits(const struct stall *stall, const struct history *h, bool triggers, size_t *n,
		      const struct fact_sink *to)
{
	int err = 0;

	for (size_t i = 0; i < h->n_threads && *n < KEPT_WAITS_MAX && !err; i++) {
		const struct thread_past *p = &h->threads[i];
		struct kept_wait w = {.ref = h->refs.all[i],
				      .nvcsw = p->wait_nvcsw,
				      .trigger = p->stall == stall->serial};

		if (!p->wait_looks || !h->refs.all[i].tid ||
		    (triggers ? !w.trigger : w.trigger || p->told != stall->serial))
			continue;
		w.resource = key_of(h, p->wait_resource);
		if (!w.resource)
			continue;
		err = save_wait(stall, &w, to);
		(*n)++;
	}
	return err;
}

static int save_kept(const struct stall *stall, const struct fact_sink *to)
{
	int err = 0;

	for (size_t i = 0; i < stall->kept->n && !err; i++)
		err = save_wait(stall, &stall->kept->waits[i], to);
	return err;
}

int stalls_save(const struct stalls *s, const struct history *h, const struct fact_tick *now,
		const struct fact_sink *to)
{
	int err = 0;

	for (size_t i = 0; i < s->n_open && !err; i++) {
		const struct stall *stall = s->open[i];
		size_t n = 0;

		if (!stall->told)
			continue;
		err = save_stall(stall, now, to);
		if (!err && stall->kept && !stall->report)
			err = save_kept(stall, to);
		else if (!err)
			err = save_waits(stall, h, true, &n, to);
		if (!err && n)
			err = save_waits(stall, h, false, &n, to);
	}
	return err;
}
