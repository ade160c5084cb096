// SPDX-License-Identifier: GPL-2.0
/*
 * Locks that are tried again and again, for a quarter of a second each time: none
 * of the waits is long. Two threads that want each other's; one that wants what a
 * sleeping thread keeps; and the twin, whose holder gives the lock back in time.
 */
#include "scene.h"

#include <errno.h>
#include <sys/syscall.h>
#include <time.h>

#define TRY_NS 250000000

struct retried {
	pthread_mutex_t locks[2];
	pthread_barrier_t both_have_one;
	struct actor *left, *right;
};

static void lock_by_tries(pthread_mutex_t *lock)
{
	struct timespec until;

	do {
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += TRY_NS;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
	} while (pthread_mutex_timedlock(lock, &until) == ETIMEDOUT);
}

static void lock_both(struct actor *a, int first)
{
	struct retried *r = a->prop;

	pthread_mutex_lock(&r->locks[first]);
	pthread_barrier_wait(&r->both_have_one);
	actor_waits(a);
	lock_by_tries(&r->locks[!first]);
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

static void keep(struct actor *a)
{
	struct retried *r = a->prop;

	pthread_mutex_lock(&r->locks[0]);
	pthread_barrier_wait(&r->both_have_one);
	park();
}

static struct retried *retried_new(struct stage *s)
{
	struct retried *r = stage_prop(sizeof(*r));

	for (int i = 0; i < 2; i++)
		init_mutex(&r->locks[i], PTHREAD_MUTEX_NORMAL, false);
	pthread_barrier_init(&r->both_have_one, NULL, 2);
	stage_bystanders(s);
	return r;
}

static void set_abba(struct stage *s)
{
	struct retried *r = retried_new(s);

	r->left = stage_thread(s, "left", left, r);
	r->right = stage_thread(s, "right", right, r);
	stage_until_in(s, r->left, SYS_futex, &r->locks[1]);
	stage_until_in(s, r->right, SYS_futex, &r->locks[0]);
	s->expect.rule = "deadlock";
	s->expect.certainty = "likely";
	s->expect.note = "\"not_emulated\":true"; /* looks seconds apart show no run of tries */
	expect_role(s, r->left, "cycle");
	expect_role(s, r->right, "cycle");
	expect_hold(s, "mutex", r->left, r->right, "exact");
	expect_hold(s, "mutex", r->right, r->left, "exact");
}

static void set_holder(struct stage *s)
{
	struct retried *r = retried_new(s);

	r->left = stage_thread(s, "keeps", keep, r);
	r->right = stage_thread(s, "tries", right, r);
	stage_until_in(s, r->right, SYS_futex, &r->locks[0]);
	s->expect.rule = "slow-holder";
	s->expect.certainty = "certain";
	s->expect.note = "\"not_emulated\":true,\"says\":\"\\\"tries\\\": \"";
	expect_role(s, r->left, "root");
	expect_role(s, r->right, "waiting");
	expect_hold(s, "mutex", r->right, r->left, "exact");
}

static void take(struct contest *c)
{
	lock_by_tries(&c->locks[0]);
}

static void set_ok(struct stage *s)
{
	struct contest *c = contest_new(s, 2, PTHREAD_MUTEX_NORMAL, false);

	c->take = take;
	stage_bystanders(s);
	stage_thread(s, "keeps", contest_hold, c);
	stage_thread(s, "tries", contest_want, c);
	stage_thread(s, "tries too", contest_want, c);
}

SCENE(retried_abba) = {
	.name = "retried-abba",
	.what = "two threads try again and again for the lock that the other has",
	.set = set_abba,
	.alone = true,
};

SCENE(retried_holder) = {
	.name = "retried-holder",
	.what = "a thread tries again and again for a lock that a sleeping thread keeps",
	.set = set_holder,
	.alone = true,
};

SCENE(retried_ok) = {
	.name = "retried-ok",
	.what = "threads try again and again for a lock that each has for a while",
	.set = set_ok,
	.healthy = true,
};
