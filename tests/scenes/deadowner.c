// SPDX-License-Identifier: GPL-2.0
/* The owner of a lock has ended without giving it back; its twin's lock is robust. */
#include "scene.h"

#include <errno.h>
#include <sys/syscall.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void take_and_end(struct actor *a)
{
	(void)a;
	pthread_mutex_lock(&lock);
}

static void want(struct actor *a)
{
	actor_waits(a);
	pthread_mutex_lock(&lock);
	park();
}

static void set(struct stage *s)
{
	struct actor *owner, *waiter;

	owner = stage_thread(s, "owner", take_and_end, NULL);
	pthread_join(owner->thread, NULL);
	stage_until_gone(s, owner);
	s->expect.rule = "owner-gone";
	s->expect.certainty = "certain|likely";
	for (int i = 0; i < 2; i++) {
		waiter = stage_thread(s, i ? "heir-2" : "heir-1", want, NULL);
		stage_until_in(s, waiter, SYS_futex, &lock);
		expect_role(s, waiter, "waiting");
		expect_hold(s, "mutex", waiter, owner, "exact");
	}
	s->expect.note = "\"holder_gone\":true";
}

struct estate {
	pthread_mutex_t robust;
	_Atomic bool held;
};

static void hold_and_end(struct actor *a)
{
	struct estate *e = a->prop;

	pthread_mutex_lock(&e->robust);
	e->held = true;
	sleep_ns(a->stage->threshold_ns / 10 * 8);
}

static void *hold_main(void *arg)
{
	hold_and_end(arg);
	return NULL;
}

/* Each owner dies with the lock; the heir gets it with EOWNERDEAD and makes it whole. */
static void inherit(struct actor *a)
{
	struct estate *e = a->prop;
	struct actor owner = {.stage = a->stage, .prop = e};
	pthread_t thread;
	uint64_t start;

	while (!a->stage->over) {
		e->held = false;
		if (pthread_create(&thread, NULL, hold_main, &owner) != 0)
			die("cannot start an owner");
		while (!e->held)
			sched_yield();
		start = now_ns();
		if (pthread_mutex_lock(&e->robust) == EOWNERDEAD)
			pthread_mutex_consistent(&e->robust);
		stage_log(a->stage, a->tid, a->prop, start, now_ns());
		pthread_mutex_unlock(&e->robust);
		pthread_join(thread, NULL);
	}
}

static void set_ok(struct stage *s)
{
	struct estate *e = stage_prop(sizeof(*e));
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&e->robust, &attr);
	stage_thread(s, "heir", inherit, e);
}

SCENE(deadowner) = {
	.name = "deadowner",
	.what = "the owner of a lock has ended without giving it back",
	.set = set,
};

SCENE(deadowner_ok) = {
	.name = "deadowner-ok",
	.what = "owners end with a robust lock, their heirs go on",
	.set = set_ok,
	.healthy = true,
};
