// SPDX-License-Identifier: GPL-2.0
/* Three threads in a ring of three locks, twenty more queued behind them; and the twin. */
#include "scene.h"

#include <stdio.h>
#include <sys/syscall.h>

#define QUEUED 20

static pthread_mutex_t locks[3] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
				   PTHREAD_MUTEX_INITIALIZER};
static pthread_barrier_t all_have_one;
static const int numbers[3] = {0, 1, 2};

static void member(struct actor *a)
{
	int mine = *(const int *)a->prop;

	pthread_mutex_lock(&locks[mine]);
	pthread_barrier_wait(&all_have_one);
	actor_waits(a);
	pthread_mutex_lock(&locks[(mine + 1) % 3]);
	park();
}

static void queued(struct actor *a)
{
	actor_waits(a);
	pthread_mutex_lock(a->prop);
	park();
}

static void set(struct stage *s)
{
	struct actor *ring[3], *q;
	char name[16];

	pthread_barrier_init(&all_have_one, NULL, 3);
	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "ring-%d", i);
		ring[i] = stage_thread(s, name, member, (void *)&numbers[i]);
		expect_role(s, ring[i], "cycle");
	}
	for (int i = 0; i < 3; i++) {
		stage_until_in(s, ring[i], SYS_futex, &locks[(i + 1) % 3]);
		expect_hold(s, "mutex", ring[i], ring[(i + 1) % 3], "exact");
	}
	for (int i = 0; i < QUEUED; i++) {
		snprintf(name, sizeof(name), "queued-%d", i);
		q = stage_thread(s, name, queued, &locks[i % 3]);
		stage_until_in(s, q, SYS_futex, &locks[i % 3]);
		expect_role(s, q, "waiting");
		expect_hold(s, "mutex", q, ring[i % 3], "exact");
	}
	s->expect.rule = "deadlock";
	s->expect.certainty = "certain";
}

static void take_three(struct contest *c)
{
	for (int i = 0; i < 3; i++)
		pthread_mutex_lock(&c->locks[i]);
}

static void give_three(struct contest *c)
{
	for (int i = 2; i >= 0; i--)
		pthread_mutex_unlock(&c->locks[i]);
}

static void set_ok(struct stage *s)
{
	struct contest *c = contest_new(s, QUEUED, PTHREAD_MUTEX_NORMAL, false);
	char name[16];

	c->take = take_three;
	c->give = give_three;
	stage_thread(s, "ring", contest_hold, c);
	for (int i = 0; i < QUEUED; i++) {
		snprintf(name, sizeof(name), "queued-%d", i);
		stage_thread(s, name, contest_want, c);
	}
}

SCENE(ring3) = {
	.name = "ring3",
	.what = "three threads in a ring of three locks, twenty queued behind",
	.set = set,
};

SCENE(ring3_ok) = {
	.name = "ring3-ok",
	.what = "twenty threads queue for three locks that are always given back",
	.set = set_ok,
	.healthy = true,
};
