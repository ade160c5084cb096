// SPDX-License-Identifier: GPL-2.0
/*
 * A process that stands still as a whole: one thread sleeps with a lock, all
 * others want it, but for two that have been idle from the start. In another
 * one, just the same, one thread goes on; and the twin comes to a halt for less
 * than the threshold.
 */
#include "scene.h"

#include <sys/syscall.h>

#define WANT 3
#define IDLE 2

struct device {
	pthread_mutex_t lock;
	struct contest *contest; /* for the lock, in the twin */
	pthread_mutex_t idle_lock;
	pthread_cond_t work;
	struct actor *holder, *wants[WANT], *idle[IDLE];
	_Atomic bool held, ready;
	bool goes_on;
};

static void wait_for_work(struct actor *a)
{
	struct device *d = a->prop;

	pthread_mutex_lock(&d->idle_lock);
	for (;;)
		pthread_cond_wait(&d->work, &d->idle_lock);
}

static void hold(struct actor *a)
{
	struct device *d = a->prop;

	pthread_mutex_lock(&d->lock);
	d->held = true;
	park();
}

static void want(struct actor *a)
{
	struct device *d = a->prop;

	actor_waits(a);
	pthread_mutex_lock(&d->lock);
	park();
}

static void go_on(struct actor *a)
{
	(void)a;
	for (;;)
		sleep_ns(10000000);
}

/* The main thread of the process: it wants the lock as well. */
static void main_of_device(struct actor *a)
{
	struct device *d = a->prop;

	for (int i = 0; i < IDLE; i++)
		d->idle[i] = stage_thread(a->stage, "idle", wait_for_work, d);
	d->holder = stage_thread(a->stage, "holds", hold, d);
	while (!d->held)
		sched_yield();
	for (int i = 1; i < WANT; i++)
		d->wants[i] = stage_thread(a->stage, "wants", want, d);
	if (d->goes_on)
		expect_never(a->stage, stage_thread(a->stage, "goes-on", go_on, d));
	d->wants[0] = a;
	d->ready = true;
	want(a);
}

static struct device *set_up(struct stage *s, bool goes_on)
{
	struct device *d = stage_shared_prop(s, sizeof(*d));

	init_mutex(&d->lock, PTHREAD_MUTEX_NORMAL, false);
	pthread_mutex_init(&d->idle_lock, NULL);
	pthread_cond_init(&d->work, NULL);
	d->goes_on = goes_on;
	stage_child(s, "device", main_of_device, d);
	while (!d->ready)
		sched_yield();
	for (int i = 0; i < WANT; i++) {
		stage_until_in(s, d->wants[i], SYS_futex, &d->lock);
		expect_role(s, d->wants[i], "waiting");
		expect_hold(s, "mutex", d->wants[i], d->holder, "exact");
	}
	for (int i = 0; i < IDLE; i++)
		expect_never(s, d->idle[i]);
	stage_until_in(s, d->holder, SYS_clock_nanosleep, NULL);
	expect_role(s, d->holder, "root");
	s->expect.rule = "slow-holder";
	return d;
}

static void set(struct stage *s)
{
	set_up(s, false);
	s->expect.note = "\"heading\":\"the whole process [0-9]+ device has made no progress: "
			 "all 4 of its threads that ever ran\"";
}

static void set_but_one(struct stage *s)
{
	set_up(s, true);
	s->expect.note = "\"heading\":null";
}

/* ---- The twin ---- */

static void main_of_twin(struct actor *a)
{
	struct device *d = a->prop;

	for (int i = 0; i < IDLE; i++)
		stage_thread(a->stage, "idle", wait_for_work, d);
	stage_thread(a->stage, "holds", contest_hold, d->contest);
	a->prop = d->contest;
	contest_want(a);
}

static void set_ok(struct stage *s)
{
	struct device *d = stage_shared_prop(s, sizeof(*d));

	pthread_mutex_init(&d->idle_lock, NULL);
	pthread_cond_init(&d->work, NULL);
	d->contest = contest_new(s, 1, PTHREAD_MUTEX_NORMAL, true);
	stage_child(s, "device", main_of_twin, d);
	stage_bystanders(s);
}

SCENE(standstill) = {
	.name = "standstill",
	.what = "all threads of a process that ever ran are behind one that sleeps",
	.set = set,
};

SCENE(standstill_but_one) = {
	.name = "standstill-but-one",
	.what = "the same, but one thread goes on",
	.set = set_but_one,
};

SCENE(standstill_ok) = {
	.name = "standstill-ok",
	.what = "all threads of a process wait for one, but not for long",
	.set = set_ok,
	.healthy = true,
};
