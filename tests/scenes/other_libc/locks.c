// SPDX-License-Identifier: GPL-2.0
/*
 * The usual hangs in programs of other C libraries, or that have theirs linked
 * in: this file is built once for each (tests.mk), with SCENE_PREFIX as its
 * name.
 *
 * The mutexes are error checking ones: in these musl keeps the owner too. Of
 * its normal ones, and its rwlocks, nobody can be named; and of nothing in a
 * program that was stripped of its symbols.
 */
#include "../scene.h"

#include <poll.h>
#include <sys/syscall.h>

#ifndef SCENE_PREFIX
#define SCENE_PREFIX "" /* for tools that look at this file by itself */
#endif
#define NAME(of) SCENE_PREFIX of

struct pair {
	pthread_mutex_t locks[2];
	pthread_barrier_t both_have_one;
};

static void lock_both(struct actor *a, int first)
{
	struct pair *p = a->prop;

	pthread_mutex_lock(&p->locks[first]);
	pthread_barrier_wait(&p->both_have_one);
	actor_waits(a);
	pthread_mutex_lock(&p->locks[!first]);
	park();
}

static void left(struct actor *a)
{
	lock_both(a, 0);
}

static void right(struct actor *a)
{
	lock_both(a, 1);
}

/* SYS_futex on the lock's word: at +4 in musl, at +0 in glibc; so any will do. */
static void set_pair(struct stage *s, struct actor **ret_left, struct actor **ret_right)
{
	struct pair *p = stage_prop(sizeof(*p));

	for (int i = 0; i < 2; i++)
		init_mutex(&p->locks[i], PTHREAD_MUTEX_ERRORCHECK, false);
	pthread_barrier_init(&p->both_have_one, NULL, 2);
	stage_bystanders(s);
	*ret_left = stage_thread(s, "left", left, p);
	*ret_right = stage_thread(s, "right", right, p);
	while (!(*ret_left)->since_ns || !(*ret_right)->since_ns)
		sched_yield();
	stage_until_in(s, *ret_left, SYS_futex, NULL);
	stage_until_in(s, *ret_right, SYS_futex, NULL);
}

#ifdef NO_SYMBOLS
/* Nothing may be claimed of locks that could be anybody's. */
static void set_abba(struct stage *s)
{
	struct actor *l, *r;

	set_pair(s, &l, &r);
	s->expect.reports = -1;
	s->expect.only_exact_of = true;
}
#else
static void set_abba(struct stage *s)
{
	struct actor *l, *r;

	set_pair(s, &l, &r);
	s->expect.rule = "deadlock";
	s->expect.certainty = "certain";
	s->expect.only_exact_of = true;
	expect_role(s, l, "cycle");
	expect_role(s, r, "cycle");
	expect_hold(s, "mutex", l, r, "exact");
	expect_hold(s, "mutex", r, l, "exact");
}

struct chain {
	pthread_mutex_t lock;
	struct actor *worker;
};

static void hold(struct actor *a)
{
	pthread_mutex_lock(&((struct chain *)a->prop)->lock);
	park();
}

static void want(struct actor *a)
{
	actor_waits(a);
	pthread_mutex_lock(&((struct chain *)a->prop)->lock);
	park();
}

static void join(struct actor *a)
{
	actor_waits(a);
	pthread_join(((struct chain *)a->prop)->worker->thread, NULL);
	park();
}

static void set_join(struct stage *s)
{
	struct chain *c = stage_prop(sizeof(*c));
	struct actor *holder, *joiner;

	init_mutex(&c->lock, PTHREAD_MUTEX_RECURSIVE, false);
	holder = stage_thread(s, "holds", hold, c);
	stage_until_in(s, holder, SYS_clock_nanosleep, NULL);
	c->worker = stage_thread(s, "worker", want, c);
	stage_until_in(s, c->worker, SYS_futex, NULL);
	joiner = stage_thread(s, "joins", join, c);
	stage_until_in(s, joiner, SYS_futex, NULL);
	stage_bystanders(s);
	s->expect.rule = "slow-holder";
	s->expect.only_exact_of = true;
	expect_role(s, holder, "root");
	expect_role(s, c->worker, "holder");
	expect_role(s, joiner, "waiting");
	expect_hold(s, "mutex", c->worker, holder, "exact");
	expect_hold(s, "thread", joiner, c->worker, "exact");
}

SCENE(join) = {
	.name = NAME("join"),
	.what = "a thread joins one that is stuck on a lock",
	.set = set_join,
};

static void take_two(struct contest *c)
{
	pthread_mutex_lock(&c->locks[0]);
	pthread_mutex_lock(&c->locks[1]);
}

static void give_two(struct contest *c)
{
	pthread_mutex_unlock(&c->locks[1]);
	pthread_mutex_unlock(&c->locks[0]);
}

static void set_ok(struct stage *s)
{
	struct contest *c = contest_new(s, 1, PTHREAD_MUTEX_ERRORCHECK, false);

	c->take = take_two;
	c->give = give_two;
	stage_bystanders(s);
	stage_thread(s, "left", contest_hold, c);
	stage_thread(s, "right", contest_want, c);
}

SCENE(abba_ok) = {
	.name = NAME("abba-ok"),
	.what = "two threads take two locks in the same order",
	.set = set_ok,
	.healthy = true,
};
#endif

#ifdef LOCKS_NAME_NOBODY
static void want_to_read(struct actor *a)
{
	actor_waits(a);
	pthread_rwlock_rdlock(a->prop);
	park();
}

static void write_lock(struct actor *a)
{
	pthread_rwlock_wrlock(a->prop);
	park();
}

static void set_rwlock(struct stage *s)
{
	pthread_rwlock_t *lock = stage_prop(sizeof(*lock));
	struct actor *writer, *reader;

	pthread_rwlock_init(lock, NULL);
	writer = stage_thread(s, "writes", write_lock, lock);
	stage_until_in(s, writer, SYS_clock_nanosleep, NULL);
	reader = stage_thread(s, "wants", want_to_read, lock);
	stage_until_in(s, reader, SYS_futex, NULL);
	stage_bystanders(s);
	s->expect.rule = "unknown-holder";
	s->expect.certainty = "possible";
	s->expect.only_exact_of = true;
	expect_role(s, reader, "waiting");
	expect_never(s, writer);
}

/* A process of its own: where a thread lives an event loop, as main() does, it may have the lock.
 */
static void want_behind_another(struct actor *a)
{
	struct chain *c = a->prop;
	struct actor *holder = stage_thread(a->stage, "holds", hold, c);

	stage_until_in(a->stage, holder, SYS_clock_nanosleep, NULL);
	c->worker = holder;
	want(a);
}

static void set_normal(struct stage *s)
{
	struct chain *c = stage_shared_prop(s, sizeof(*c));
	struct actor *waiter, *holder;

	pthread_mutex_init(&c->lock, NULL);
	stage_bystanders(s);
	waiter = stage_child(s, "wants", want_behind_another, c);
	while (!waiter->since_ns)
		sched_yield();
	stage_until_in(s, waiter, SYS_futex, NULL);
	holder = c->worker;
	s->expect.rule = "unknown-holder";
	s->expect.certainty = "possible";
	s->expect.only_exact_of = true;
	expect_role(s, waiter, "waiting");
	expect_never(s, holder);
}

static void hold_in_event_loop(struct actor *a)
{
	pthread_mutex_lock(&((struct chain *)a->prop)->lock);
	for (;;)
		poll(NULL, 0, 3600 * 1000);
}

/* Idle I/O threads on a lock that the thread with the event loop keeps: nothing is wrong. */
static void set_kept(struct stage *s)
{
	struct chain *c = stage_prop(sizeof(*c));
	struct actor *a;

	pthread_mutex_init(&c->lock, NULL);
	a = stage_thread(s, "loop", hold_in_event_loop, c);
	stage_until_in(s, a, SYS_poll, NULL);
	for (int i = 0; i < 3; i++) {
		a = stage_thread(s, "io-thread", want, c);
		stage_until_in(s, a, SYS_futex, NULL);
	}
	s->expect.reports = 0;
}

SCENE(kept_ok) = {
	.name = NAME("kept-ok"),
	.what = "idle threads wait for a normal mutex that an event loop keeps",
	.set = set_kept,
};

SCENE(normal) = {
	.name = NAME("normal"),
	.what = "a thread waits for a normal mutex, that records no owner",
	.set = set_normal,
};

SCENE(rwlock) = {
	.name = NAME("rwlock"),
	.what = "a thread wants to read what another writes, and nobody is recorded",
	.set = set_rwlock,
};
#endif

SCENE(abba) = {
	.name = NAME("abba"),
	.what = "two threads take two locks in opposite order, idle threads stand by",
	.set = set_abba,
};
