// SPDX-License-Identifier: GPL-2.0
/*
 * A lost wake-up: the lock is free, and those who sleep for it were not woken.
 * In the twin the lock is free for most of the time that others sleep for it,
 * too: the wake-up comes late, but it comes.
 */
#include "scene.h"

#include <linux/futex.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SLEEPERS 2

static struct {
	pthread_mutex_t lock;
	_Atomic bool held, give;
} lost;

/* As unlock does it, but for the system call. */
static void give_silently(pthread_mutex_t *lock)
{
	lock->__data.__owner = 0;
	lock->__data.__nusers--;
	__atomic_store_n(&lock->__data.__lock, 0, __ATOMIC_RELEASE);
}

static void give_without_waking(struct actor *a)
{
	(void)a;
	pthread_mutex_lock(&lost.lock);
	lost.held = true;
	while (!lost.give)
		sleep_ns(1000000);
	give_silently(&lost.lock);
	park();
}

static void want(struct actor *a)
{
	actor_waits(a);
	pthread_mutex_lock(&lost.lock);
	park();
}

static void set_lost(struct stage *s)
{
	char name[16];

	init_mutex(&lost.lock, PTHREAD_MUTEX_NORMAL, false);
	expect_never(s, stage_thread(s, "forgets", give_without_waking, NULL));
	while (!lost.held)
		sched_yield();
	for (int i = 0; i < SLEEPERS; i++) {
		struct actor *a;

		snprintf(name, sizeof(name), "sleeps-%d", i);
		a = stage_thread(s, name, want, NULL);
		stage_until_in(s, a, SYS_futex, &lost.lock);
		expect_role(s, a, "waiting");
	}
	lost.give = true;
	stage_bystanders(s);
	s->expect.rule = "lost-wakeup";
	s->expect.certainty = "possible|likely";
}

/* ---- The twin ---- */

static void give_and_wake_late(struct actor *a)
{
	struct contest *c = a->prop;
	pthread_mutex_t *lock = &c->locks[0];
	bool over;

	do {
		pthread_mutex_lock(lock);
		pthread_barrier_wait(&c->barrier);
		sleep_ns(c->hold_ns / 8);
		over = a->stage->over;
		c->over = over;
		give_silently(lock);
		sleep_ns(c->hold_ns / 8 * 7);
		syscall(SYS_futex, lock, FUTEX_WAKE_PRIVATE, SLEEPERS, NULL, NULL, 0);
		pthread_barrier_wait(&c->barrier);
	} while (!over);
}

static void set_ok(struct stage *s)
{
	struct contest *c = contest_new(s, SLEEPERS, PTHREAD_MUTEX_NORMAL, false);
	char name[16];

	expect_never(s, stage_thread(s, "wakes-late", give_and_wake_late, c));
	for (int i = 0; i < SLEEPERS; i++) {
		snprintf(name, sizeof(name), "sleeps-%d", i);
		expect_never(s, stage_thread(s, name, contest_want, c));
	}
	stage_bystanders(s);
}

SCENE(lost_wakeup) = {
	.name = "lost-wakeup",
	.what = "a lock is free, and two threads sleep for it",
	.set = set_lost,
};

SCENE(lost_wakeup_ok) = {
	.name = "lost-wakeup-ok",
	.what = "a lock is free, and those who sleep for it are woken late",
	.set = set_ok,
	.healthy = true,
};
