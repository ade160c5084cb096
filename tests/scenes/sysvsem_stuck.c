// SPDX-License-Identifier: GPL-2.0
/*
 * Who took the last unit of a SysV semaphore is stuck itself: on a mutex, whose
 * owner sleeps. Those who wait for the semaphore wait for that one. In the twin
 * the owner gives the mutex back in time, and so the unit comes back as well.
 */
#include "sysvsem.h"

#include <sys/syscall.h>

struct counter {
	struct contest *contest; /* for the mutex, between keeper and taker */
	struct sem_plot *plot;
};

/* ---- Stuck ---- */

static void lock_and_sleep(struct actor *a)
{
	struct sem_plot *p = a->prop;

	pthread_mutex_lock(&p->mutex);
	p->locked = true;
	park();
}

static void take_and_lock(struct actor *a)
{
	struct sem_plot *p = a->prop;

	sem_add(p->set, -1);
	p->taken = true;
	actor_waits(a);
	pthread_mutex_lock(&p->mutex);
	park();
}

static void set(struct stage *s)
{
	static const char *const names[SEM_WAITERS] = {"wants-1", "wants-2"};
	struct sem_plot *p = sem_set_up(s, 1);
	struct actor *keeper, *taker;

	init_mutex(&p->mutex, PTHREAD_MUTEX_NORMAL, true);
	keeper = stage_child(s, "keeper", lock_and_sleep, p);
	while (!p->locked)
		sched_yield();
	stage_until_in(s, keeper, SYS_clock_nanosleep, NULL);
	taker = stage_child(s, "taker", take_and_lock, p);
	sem_await_taken(p);
	stage_until_in(s, taker, SYS_futex, NULL);
	for (int i = 0; i < SEM_WAITERS; i++) {
		struct actor *a = stage_child(s, names[i], sem_want, p);

		stage_until_in(s, a, SYS_semtimedop, NULL);
		expect_role(s, a, "waiting");
		expect_hold(s, "sysvsem", a, taker, "inferred|tracked");
	}
	expect_role(s, taker, "holder");
	expect_role(s, keeper, "root");
	expect_hold(s, "mutex", taker, keeper, "exact");
	stage_bystanders(s);
	s->expect.rule = "semaphore-exhausted";
	s->expect.certainty = "likely|possible";
	s->expect.note = "\"root_doing\":\"sleep\",\"says\":\"behind a blocked taker\"";
}

/* ---- Not for long ---- */

static void take_and_lock_in_turn(struct actor *a)
{
	struct counter *k = a->prop;
	struct contest *c = k->contest;
	bool over;

	do {
		pthread_barrier_wait(&c->barrier);
		sem_add(k->plot->set, -1);
		k->plot->taken = true;
		c->take(c);
		over = c->over;
		c->give(c);
		k->plot->taken = false;
		sem_add(k->plot->set, 1);
		pthread_barrier_wait(&c->barrier);
	} while (!over);
}

static void want_in_turn(struct actor *a)
{
	struct counter *k = a->prop;
	uint64_t start;
	bool over;

	do {
		pthread_barrier_wait(&k->contest->barrier);
		sem_await_taken(k->plot);
		start = now_ns();
		sem_add(k->plot->set, -1);
		stage_log(a->stage, a->tid, a->prop, start, now_ns());
		over = k->contest->over;
		sem_add(k->plot->set, 1);
		pthread_barrier_wait(&k->contest->barrier);
	} while (!over);
}

static void set_ok(struct stage *s)
{
	struct counter *k = stage_shared_prop(s, sizeof(*k));

	k->contest = contest_new(s, 2, PTHREAD_MUTEX_NORMAL, true);
	k->plot = sem_set_up(s, 1);
	stage_child(s, "keeper", contest_hold, k->contest);
	stage_child(s, "taker", take_and_lock_in_turn, k);
	stage_child(s, "wants", want_in_turn, k);
	stage_bystanders(s);
}

SCENE(sem_taker_stuck) = {
	.name = "sem-taker-stuck",
	.what = "who took the last unit of a SysV semaphore waits for a mutex whose owner sleeps",
	.set = set,
};

SCENE(sem_taker_stuck_ok) = {
	.name = "sem-taker-stuck-ok",
	.what = "who takes the last unit of a SysV semaphore waits for a mutex, but not for long",
	.set = set_ok,
	.healthy = true,
};
