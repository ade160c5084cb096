// SPDX-License-Identifier: GPL-2.0
/*
 * Static variables of C++ functions (cxx/statics.cc), which are made by whoever
 * needs them first: two threads make one each and need the other's; one makes
 * it and wants a mutex that somebody has who needs it. The twin's take less
 * than the threshold to be made.
 */
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>

#ifdef HAVE_CXX

#define SLOW_ONES 12

void statics_work(const void *of);
void statics_config(void);
void statics_logger(void);
void statics_slow(unsigned which);
void statics_registry(void);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static _Atomic unsigned being_made;
static _Atomic bool have_lock;
static void (*work)(void);

void statics_work(const void *of)
{
	(void)of;
	work();
}

/* ---- each has begun one and needs the other ---- */

static _Thread_local struct actor *self;

static void until_both(void)
{
	being_made++;
	while (being_made < 2)
		sleep_ns(1000000);
	actor_waits(self);
}

static void make_config(struct actor *a)
{
	self = a;
	statics_config();
	park();
}

static void make_logger(struct actor *a)
{
	self = a;
	statics_logger();
	park();
}

static void expect_deadlock(struct stage *s, const struct actor *first, const struct actor *second)
{
	stage_bystanders(s);
	s->expect.rule = "deadlock";
	s->expect.certainty = "likely";
	expect_role(s, first, "cycle");
	expect_role(s, second, "cycle");
}

static void set_cycle(struct stage *s)
{
	struct actor *config, *logger;

	work = until_both;
	config = stage_thread(s, "makes-config", make_config, NULL);
	logger = stage_thread(s, "makes-logger", make_logger, NULL);
	stage_until_in(s, config, SYS_futex, NULL);
	stage_until_in(s, logger, SYS_futex, NULL);
	expect_hold(s, "static-init", config, logger, "inferred");
	expect_hold(s, "static-init", logger, config, "inferred");
	s->expect.note = "\"says\":\"the_logger\"";
	expect_deadlock(s, config, logger);
}

/* ---- who makes it wants a mutex ---- */

static void want_lock(void)
{
	being_made++;
	while (!have_lock)
		sleep_ns(1000000);
	actor_waits(self);
	pthread_mutex_lock(&lock);
}

static void make_slow(struct actor *a)
{
	self = a;
	statics_slow(0);
	park();
}

static void use_slow(struct actor *a)
{
	pthread_mutex_lock(&lock);
	have_lock = true;
	actor_waits(a);
	statics_slow(0);
	park();
}

static void set_mutex(struct stage *s)
{
	struct actor *makes, *uses;

	work = want_lock;
	makes = stage_thread(s, "makes", make_slow, NULL);
	while (!being_made)
		sleep_ns(1000000);
	uses = stage_thread(s, "uses", use_slow, NULL);
	stage_until_in(s, makes, SYS_futex, &lock);
	stage_until_in(s, uses, SYS_futex, NULL);
	expect_hold(s, "mutex", makes, uses, "exact");
	expect_hold(s, "static-init", uses, makes, "inferred");
	expect_deadlock(s, makes, uses);
}

/* ---- it asks for itself ---- */

static void do_nothing(void)
{
	actor_waits(self);
}

static void make_registry(struct actor *a)
{
	self = a;
	statics_registry();
	park();
}

static void set_self(struct stage *s)
{
	struct actor *a;

	work = do_nothing;
	a = stage_thread(s, "registers", make_registry, NULL);
	stage_until_in(s, a, SYS_futex, NULL);
	stage_bystanders(s);
	s->expect.rule = "self-deadlock";
	s->expect.certainty = "likely";
	expect_role(s, a, "cycle|root");
	expect_hold(s, "static-init", a, a, "inferred");
}

/* ---- the twin ---- */

static pthread_barrier_t barrier;
static uint64_t take_ns;

static void take_a_while(void)
{
	pthread_barrier_wait(&barrier);
	sleep_ns(take_ns);
}

static void make_ok(struct actor *a)
{
	for (unsigned i = 0; i < SLOW_ONES && !a->stage->over; i++) {
		statics_slow(i);
		pthread_barrier_wait(&barrier);
	}
	park();
}

static void use_ok(struct actor *a)
{
	for (unsigned i = 0; i < SLOW_ONES && !a->stage->over; i++) {
		uint64_t start;

		pthread_barrier_wait(&barrier);
		start = now_ns();
		statics_slow(i);
		stage_log(a->stage, a->tid, &barrier, start, now_ns());
		pthread_barrier_wait(&barrier);
	}
	park();
}

static void set_ok(struct stage *s)
{
	pthread_barrier_init(&barrier, NULL, 2);
	work = take_a_while;
	take_ns = s->threshold_ns / 10 * 8;
	stage_thread(s, "makes", make_ok, NULL);
	stage_thread(s, "uses", use_ok, NULL);
}

#else

static void set_none(struct stage *s)
{
	(void)s;
	printf("skip: there was no C++ compiler to build it with\n");
	exit(0);
}
#define set_cycle set_none
#define set_mutex set_none
#define set_self  set_none
#define set_ok	  set_none
#endif

SCENE(statics) = {
	.name = "static-init",
	.what = "two static variables (in C++) need each other, each is being made by a thread",
	.set = set_cycle,
};

SCENE(statics_mutex) = {
	.name = "static-init-mutex",
	.what = "who makes a static variable (in C++) wants a mutex of somebody who needs it",
	.set = set_mutex,
};

SCENE(statics_self) = {
	.name = "static-init-self",
	.what = "the constructor of a static variable (in C++) asks for the same variable",
	.set = set_self,
};

SCENE(statics_ok) = {
	.name = "static-init-ok",
	.what = "static variables (in C++) take less than the threshold, again and again",
	.set = set_ok,
	.healthy = true,
};
