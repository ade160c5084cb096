// SPDX-License-Identifier: GPL-2.0
/*
 * The best way of seeing: hooks saw the waits begin. Each kind is an object of
 * its own, and one that the kernel refuses fails alone.
 *
 * A scan is the census's, which adds what the hooks remember wherever that
 * still holds. What no hook saw (waits that began before us, hooks that are
 * refused, records that were lost) is so in every scan, too: a wait that is
 * missing from one look would count as ended.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hook_meter.h"
#include "hooks_private.h"
#include "record.h"

#define USERS_MAX 64

/* Where it cannot be measured, or that says nonsense. */
#define HOOK_PRICE_NS	  150
#define HOOK_PRICE_MIN_NS 20
#define HOOK_PRICE_MAX_NS 100000

/* The hook on futex waits stands for all: they look up a record, and fill it in. */
static void measure_price(struct hooks *h, uint64_t before_ns)
{
	const struct hook *futex = &h->hooks[LT_KIND_FUTEX];
	uint64_t after_ns = hook_meter_futex_call_ns(), run_ns = 0;
	struct hook_count from, to;
	int fd;

	h->price_ns = after_ns > before_ns + HOOK_PRICE_MIN_NS ? after_ns - before_ns : 0;
	if (!futex->n_links || !h->price_ns || h->price_ns > HOOK_PRICE_MAX_NS)
		h->price_ns = HOOK_PRICE_NS;
	fd = futex->n_links ? hook_meter_begin() : -1;
	if (fd >= 0) {
		from = hook_meter_read(futex->object);
		hook_meter_futex_call_ns();
		to = hook_meter_read(futex->object);
		close(fd);
		if (to.hits > from.hits)
			run_ns = (to.run_ns - from.run_ns) / (to.hits - from.hits);
	}
	h->trap_ns = h->price_ns > run_ns + HOOK_PRICE_MIN_NS ? h->price_ns - run_ns
							      : HOOK_PRICE_MIN_NS;
}

static int open_all(struct hooks *h)
{
	uint64_t before_ns = hook_meter_futex_call_ns();
	int err = hook_kinds_open(&h->config, census_object(h->census), h->hooks);

	measure_price(h, before_ns);
	/* Refused lock probes are noted and missed, no more. */
	if (err == 0 && h->config.uprobes && !h->config.detach_hooks &&
	    locks_new(&h->config, census_object(h->census), &h->locks) == 0)
		err = locks_update(h->locks);
	/* they are seen where futex waits are */
	if (err == 0 && h->hooks[LT_KIND_FUTEX].n_links && h->config.handovers &&
	    hooks_open_handovers(h) == -ENOMEM)
		err = -ENOMEM;
	return err;
}

static void hooks_close(void *self)
{
	struct hooks *h = self;

	if (!h)
		return;
	governed_free(h->governed);
	handovers_free(h->handovers);
	locks_free(h->locks);
	for (int kind = 0; kind < LT_KIND_MAX; kind++)
		hook_close(&h->hooks[kind]);
	census_free(h->census);
	free(h);
}

static int hooks_open(const struct way_config *config, void **ret)
{
	struct hooks *h = calloc(1, sizeof(*h));
	int err;

	if (!h)
		return -ENOMEM;
	h->config = *config;
	err = census_new(config, "hooks", &h->census);
	if (err == 0)
		err = open_all(h);
	if (err == 0)
		err = hooks_govern(h);
	if (err < 0) {
		hooks_close(h);
		return err;
	}
	hooks_list_names(h);
	*ret = h;
	return 0;
}

static const char *hooks_names(const void *self)
{
	return ((const struct hooks *)self)->names;
}

struct scan {
	struct hooks *hooks;
	seen_fn emit;
	void *ctx;
};

static int emit_with_hands(void *ctx, const struct seen *s)
{
	const struct scan *scan = ctx;
	struct seen seen = *s;

	seen.word_taken = handovers_taken(scan->hooks->handovers, s);
	return scan->emit(scan->ctx, &seen);
}

static int hooks_scan(void *self, uint64_t now_ns, uint64_t min_age_ns, seen_fn emit, void *ctx,
		      uint32_t *ret_threads)
{
	struct hooks *h = self;
	struct scan scan = {h, emit, ctx};
	int err;

	governed_look(h->governed, now_ns);
	err = h->locks ? locks_update(h->locks) : 0;

	if (err < 0)
		return err;
	if (!h->handovers)
		return census_scan(h->census, now_ns, min_age_ns, emit, ctx, ret_threads);
	handovers_scan(h->handovers);
	return census_scan(h->census, now_ns, min_age_ns, emit_with_hands, &scan, ret_threads);
}

static int hooks_look(void *self, pid_t pid, pid_t tid, struct seen *ret)
{
	struct hooks *h = self;
	int err = census_look(h->census, pid, tid, ret);

	if (err == 0 && h->handovers)
		ret->word_taken = handovers_taken(h->handovers, ret);
	return err;
}

static int hooks_last_entered(void *self, const struct thread_ref *ref, uint64_t lock,
			      uint64_t *ret_ns, uint64_t *ret_caller)
{
	struct hooks *h = self;

	return h->locks ? locks_last_entered(h->locks, ref, lock, ret_ns, ret_caller) : 0;
}

static int hooks_readers(void *self, pid_t pid, uint64_t lock, lock_reader_fn emit, void *ctx)
{
	struct hooks *h = self;

	return h->locks ? locks_readers(h->locks, pid, lock, emit, ctx) : -ENOTSUP;
}

struct users {
	size_t n;
	struct lt_task_use use[USERS_MAX]; /* newest first */
};

/* Keeps the newest ones. */
static int keep_user(void *ctx, const void *record)
{
	const struct lt_task_use *u = record;
	struct users *all = ctx;
	size_t at;

	for (at = all->n; at > 0 && all->use[at - 1].use.at_ns < u->use.at_ns; at--)
		;
	if (at == USERS_MAX)
		return 0;
	if (all->n < USERS_MAX)
		all->n++;
	memmove(&all->use[at + 1], &all->use[at], (all->n - at - 1) * sizeof(all->use[0]));
	all->use[at] = *u;
	return 0;
}

static int hooks_users(void *self, enum lt_kind kind, uint32_t place, uint64_t id,
		       int (*emit)(void *ctx, const struct way_use *use), void *ctx)
{
	const struct lt_wanted wanted = {.id = id, .place = place, .kind = kind};
	struct hooks *h = self;
	struct users all = {0};
	int err;

	if (!h->hooks[kind].n_links)
		return 0;
	err = census_uses(h->census, &wanted, keep_user, &all);
	for (size_t i = 0; i < all.n && err == 0; i++) {
		const struct lt_task_use *u = &all.use[i];

		/* since then it may have given back what it took, unseen */
		if (u->use.at_ns <= h->unhooked_ns[kind])
			continue;
		const struct way_use use = {
			.ref = {u->pid, u->tid, record_start(u->start_ns)},
			.at_ns = u->use.at_ns,
			.has = u->use.flags & (LT_USE_DRAINS | LT_USE_TOOK),
			.unsure = u->use.flags & LT_USE_UNSURE,
			.gave = u->use.gave,
		};

		err = emit(ctx, &use);
	}
	return err;
}

static int hooks_semaphore(void *self, pid_t tid, uint32_t place, int semid, int num,
			   struct way_semaphore *ret)
{
	return census_semaphore(((struct hooks *)self)->census, tid, place, semid, num, ret);
}

static int hooks_hands(void *self, pid_t pid, uint64_t address, way_hand_fn emit, void *ctx)
{
	struct hooks *h = self;

	return h->handovers ? handovers_hands(h->handovers, pid, address, emit, ctx) : 0;
}

static int hooks_habit(void *self, const struct seen *s, struct way_habit *ret)
{
	struct hooks *h = self;

	return h->handovers ? handovers_habit(h->handovers, s, ret) : 0;
}

static int hooks_lost(void *self, const struct fact_sink *sink)
{
	return census_lost(((struct hooks *)self)->census, sink);
}

const struct way way_hooks = {
	.name = "hooks",
	.open = hooks_open,
	.hooks = hooks_names,
	.scan = hooks_scan,
	.look = hooks_look,
	.last_entered = hooks_last_entered,
	.readers = hooks_readers,
	.users = hooks_users,
	.semaphore = hooks_semaphore,
	.hands = hooks_hands,
	.habit = hooks_habit,
	.lost = hooks_lost,
	.unseen = hooks_unseen,
	.costs = hooks_costs,
	.close = hooks_close,
};
