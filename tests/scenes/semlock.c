// SPDX-License-Identifier: GPL-2.0
/*
 * POSIX semaphores used as locks. A semaphore does not record who took it, so
 * this is seen by probes alone (the hang is played after "begin", so that they
 * can): threads take turns, then one keeps it and sleeps, or ends. The twins:
 * the same with turns that are short enough; and producers and consumers, who
 * take and never give back, one of them asleep over its work.
 */
#include "scene.h"

#include <semaphore.h>
#include <sys/syscall.h>

#define TURNS 3

struct desk {
	struct contest contest;
	sem_t sem;
	_Atomic bool open, taken;
	_Atomic int turns;
	bool ends;
	struct actor *keeper, *wants[2];
};

static struct desk *desk; /* between set and begin */

static void take_turns(struct desk *d)
{
	while (!d->open)
		sleep_ns(10000000);
	for (int i = 0; i < TURNS; i++) {
		sem_wait(&d->sem);
		sleep_ns(1000000);
		sem_post(&d->sem);
	}
	d->turns++;
}

static void keep(struct actor *a)
{
	struct desk *d = a->prop;

	take_turns(d);
	while (d->turns < 3)
		sleep_ns(10000000);
	sem_wait(&d->sem);
	d->taken = true;
	if (!d->ends)
		park();
	for (int i = 0; i < 2; i++) {
		while (!d->wants[i]->since_ns)
			sleep_ns(10000000);
		stage_until_in(a->stage, d->wants[i], SYS_futex, NULL);
	}
	sleep_ns(100000000);
}

static void want(struct actor *a)
{
	struct desk *d = a->prop;

	take_turns(d);
	while (!d->taken)
		sleep_ns(10000000);
	actor_waits(a);
	sem_wait(&d->sem);
	park();
}

static void set_up(struct stage *s, bool ends)
{
	desk = stage_prop(sizeof(*desk));
	sem_init(&desk->sem, 0, 1);
	desk->ends = ends;
	desk->keeper = stage_thread(s, "keeps", keep, desk);
	desk->wants[0] = stage_thread(s, "wants-1", want, desk);
	desk->wants[1] = stage_thread(s, "wants-2", want, desk);
	stage_bystanders(s);
	s->expect.rule = "semaphore-exhausted";
	s->expect.certainty = "likely|possible";
	s->expect.only_exact_of = true;
	for (int i = 0; i < 2; i++) {
		expect_role(s, desk->wants[i], "waiting");
		expect_hold(s, "semaphore", desk->wants[i], desk->keeper, "tracked");
	}
}

static void set_kept(struct stage *s)
{
	set_up(s, false);
	expect_role(s, desk->keeper, "root");
	s->expect.note = "\"only_by_hooks\":\"who took it is seen by probes alone\","
			 "\"root_doing\":\"sleep\"";
}

static void set_ended(struct stage *s)
{
	set_up(s, true);
	s->expect.note = "\"only_by_hooks\":\"who took it is seen by probes alone\","
			 "\"holder_gone\":true";
}

static void begin(struct stage *s)
{
	desk->open = true;
	/* they wait for it in their turns, too */
	for (int i = 0; i < 2; i++) {
		while (!desk->wants[i]->since_ns)
			sleep_ns(10000000);
		stage_until_in(s, desk->wants[i], SYS_futex, NULL);
	}
}

static void take(struct contest *c)
{
	sem_wait(&((struct desk *)c)->sem);
}

static void give(struct contest *c)
{
	sem_post(&((struct desk *)c)->sem);
}

static void set_ok(struct stage *s)
{
	struct desk *d = stage_prop(sizeof(*d));

	d->contest = *contest_new(s, 2, PTHREAD_MUTEX_NORMAL, false);
	d->contest.take = take;
	d->contest.give = give;
	sem_init(&d->sem, 0, 1);
	stage_thread(s, "holds", contest_hold, d);
	stage_thread(s, "wants-1", contest_want, d);
	stage_thread(s, "wants-2", contest_want, d);
}

/* ---- work that is counted by a semaphore ---- */

static void produce(struct actor *a)
{
	struct desk *d = a->prop;

	for (int i = 0; !a->stage->over; i++) {
		sleep_ns(a->stage->threshold_ns / 10 * 8);
		if (i < 3)
			sem_post(&d->sem);
	}
}

/* One piece of work takes for ever; no other is to come. */
static void consume_one(struct actor *a)
{
	struct desk *d = a->prop;
	uint64_t start = now_ns();

	sem_wait(&d->sem);
	stage_log(a->stage, a->tid, a->prop, start, now_ns());
	park();
}

static void consume(struct actor *a)
{
	struct desk *d = a->prop;

	for (;;)
		sem_wait(&d->sem);
}

static void set_consumers(struct stage *s)
{
	struct desk *d = stage_prop(sizeof(*d));

	sem_init(&d->sem, 0, 0);
	expect_never(s, stage_thread(s, "consumes-one", consume_one, d));
	expect_never(s, stage_thread(s, "consumes-1", consume, d));
	expect_never(s, stage_thread(s, "consumes-2", consume, d));
	stage_thread(s, "produces", produce, d);
}

SCENE(sem_kept) = {
	.name = "sem-kept",
	.what = "a POSIX semaphore used as a lock is kept by a thread that sleeps",
	.set = set_kept,
	.begin = begin,
};

SCENE(sem_ended) = {
	.name = "sem-ended",
	.what = "a thread has ended without giving back a POSIX semaphore",
	.set = set_ended,
	.begin = begin,
};

SCENE(sem_lock_ok) = {
	.name = "sem-lock-ok",
	.what = "a POSIX semaphore used as a lock is given back in time, again and again",
	.set = set_ok,
	.healthy = true,
};

SCENE(sem_consumers_ok) = {
	.name = "sem-consumers-ok",
	.what = "consumers wait for work, and one sleeps over its own",
	.set = set_consumers,
	.healthy = true,
};
