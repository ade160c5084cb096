// SPDX-License-Identifier: GPL-2.0
/*
 * Two locks taken in opposite order (abba), the same but only when told
 * (late), and its twin that takes them in one order (abba-ok). Idle threads
 * stand by; none of them may be blamed.
 */
#include "scene.h"

#include <sys/syscall.h>

struct pair {
	pthread_mutex_t locks[2];
	pthread_barrier_t both_have_one;
	pthread_mutex_t curtain; /* late: closed until the word comes */
	pthread_cond_t opens;
	bool open;
	struct actor *left, *right;
};

static void lock_both(struct actor *a, int first)
{
	struct pair *p = a->prop;

	pthread_mutex_lock(&p->curtain);
	while (!p->open)
		pthread_cond_wait(&p->opens, &p->curtain);
	pthread_mutex_unlock(&p->curtain);
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

static struct pair pair; /* late: between set and begin */

static void set_pair(struct stage *s, bool open)
{
	for (int i = 0; i < 2; i++)
		pthread_mutex_init(&pair.locks[i], NULL);
	pthread_mutex_init(&pair.curtain, NULL);
	pthread_cond_init(&pair.opens, NULL);
	pthread_barrier_init(&pair.both_have_one, NULL, 2);
	pair.open = open;
	stage_bystanders(s);
	pair.left = stage_thread(s, "left", left, &pair);
	pair.right = stage_thread(s, "right", right, &pair);
	s->expect.rule = "deadlock";
	s->expect.certainty = "certain";
	expect_role(s, pair.left, "cycle");
	expect_role(s, pair.right, "cycle");
	expect_hold(s, "mutex", pair.left, pair.right, "exact");
	expect_hold(s, "mutex", pair.right, pair.left, "exact");
}

static void until_stuck(struct stage *s)
{
	stage_until_in(s, pair.left, SYS_futex, &pair.locks[1]);
	stage_until_in(s, pair.right, SYS_futex, &pair.locks[0]);
}

static void set_abba(struct stage *s)
{
	set_pair(s, true);
	until_stuck(s);
}

static void set_late(struct stage *s)
{
	set_pair(s, false);
}

static void begin_late(struct stage *s)
{
	pthread_mutex_lock(&pair.curtain);
	pair.open = true;
	pthread_cond_broadcast(&pair.opens);
	pthread_mutex_unlock(&pair.curtain);
	until_stuck(s);
}

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
	struct contest *c = contest_new(s, 1, PTHREAD_MUTEX_NORMAL, false);

	c->take = take_two;
	c->give = give_two;
	stage_bystanders(s);
	stage_thread(s, "left", contest_hold, c);
	stage_thread(s, "right", contest_want, c);
}

SCENE(abba) = {
	.name = "abba",
	.what = "two threads take two locks in opposite order, idle threads stand by",
	.set = set_abba,
};

SCENE(late) = {
	.name = "late",
	.what = "abba, but it begins when told",
	.set = set_late,
	.begin = begin_late,
};

SCENE(abba_ok) = {
	.name = "abba-ok",
	.what = "two threads take two locks in the same order",
	.set = set_ok,
	.healthy = true,
};
