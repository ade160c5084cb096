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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../probes/probe.h"
#include "census.h"
#include "handovers.h"
#include "loader.h"
#include "locks.h"
#include "record.h"

#define USERS_MAX 64

struct hooks {
	struct way_config config;
	struct census *census;
	struct hook hooks[LT_KIND_MAX];
	struct locks *locks;
	struct handovers *handovers;
	char names[256];
};

static const char *const kind_names[LT_KIND_MAX] = {
#define KIND_NAME(NAME, file, number) [LT_KIND_##NAME] = #file,
	LT_HOOKED_KINDS(KIND_NAME)
#undef KIND_NAME
};

static const char *unseen_without(enum lt_kind kind)
{
	for (const struct probe *const *p = probes; *p; p++) {
		if ((*p)->kind == kind && (*p)->unseen)
			return (*p)->unseen;
	}
	return "such waits";
}

/* What each kind's refusal was; "" if it is on. */
typedef char refusals[LT_KIND_MAX][WHY_SIZE];

static bool open_kinds(struct hooks *h, refusals why)
{
	bool any = false;

	for (int kind = LT_KIND_NONE + 1; kind < LT_KIND_MAX; kind++) {
		why[kind][0] = '\0';
		if (!kind_names[kind]) /* numbers are never reused */
			continue;
		if (hook_open(kind_names[kind], h->config.force_kprobe, !h->config.detach_hooks,
			      census_object(h->census), &h->hooks[kind], why[kind]) == 0) {
			why[kind][0] = '\0';
			any = true;
		}
	}
	return any;
}

static int note_one(const struct hooks *h, refusals why, int kind)
{
	return census_note(&h->config, NOTE_WARNING,
			   "the kernel refuses the hook %s (%s); not seen exactly: %s",
			   kind_names[kind], why[kind], unseen_without((enum lt_kind)kind));
}

/* What refuses several refuses them for one reason: who reads wants to know it once. */
static int note_several(const struct hooks *h, refusals why, int first, int n)
{
	char names[256] = "";

	for (int kind = first; kind < LT_KIND_MAX; kind++) {
		size_t len = strlen(names);

		if (why[kind][0])
			snprintf(names + len, sizeof(names) - len, "%s%s", len ? ", " : "",
				 kind_names[kind]);
	}
	return census_note(
		&h->config, NOTE_WARNING,
		"the kernel refuses %d hooks (%s), the first with: %s. When such waits "
		"began is told as \"at least\", and who was seen to take or to read is not "
		"known; \"locktrace doctor\" tells more",
		n, names, why[first]);
}

/* One note, whatever was refused. Returns -ENOTSUP if no kind is left. */
static int note_refusals(const struct hooks *h, refusals why, bool any)
{
	int first = 0, n = 0, err;

	for (int kind = LT_KIND_MAX - 1; kind > LT_KIND_NONE; kind--) {
		if (!why[kind][0])
			continue;
		first = kind;
		n++;
	}
	if (any)
		return !n ? 0 : n == 1 ? note_one(h, why, first) : note_several(h, why, first, n);
	err = census_note(&h->config, NOTE_WARNING,
			  "cannot see by hooks: the kernel refuses all of them; the first, %s: %s",
			  kind_names[first], why[first]);
	return err < 0 ? err : -ENOTSUP;
}

static void add_name(struct hooks *h, const char *name)
{
	size_t n = strlen(h->names);

	snprintf(h->names + n, sizeof(h->names) - n, "%s%s", n ? " " : "", name);
}

static int open_all(struct hooks *h)
{
	refusals why;
	bool any = open_kinds(h, why);
	int err = note_refusals(h, why, any);

	/* Refused lock probes are noted and missed, no more. */
	if (err == 0 && h->config.uprobes && !h->config.detach_hooks &&
	    locks_new(&h->config, census_object(h->census), &h->locks) == 0)
		err = locks_update(h->locks, 0);
	/* they are seen where futex waits are */
	if (err == 0 && h->hooks[LT_KIND_FUTEX].n_links && h->config.handovers &&
	    handovers_new(&h->config, census_object(h->census), h->locks, &h->handovers) == -ENOMEM)
		err = -ENOMEM;
	return err;
}

static void hooks_close(void *self)
{
	struct hooks *h = self;

	if (!h)
		return;
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
	if (err < 0) {
		hooks_close(h);
		return err;
	}
	for (int kind = 0; kind < LT_KIND_MAX; kind++) {
		if (h->hooks[kind].n_links)
			add_name(h, kind_names[kind]);
	}
	if (h->locks && locks_on(h->locks))
		add_name(h, "pthread");
	if (h->handovers && !config->detach_hooks)
		add_name(h, "handover");
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
	int err = h->locks ? locks_update(h->locks, now_ns) : 0;

	struct scan scan = {h, emit, ctx};

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
	.close = hooks_close,
};
