// SPDX-License-Identifier: GPL-2.0
/*
 * A thread that runs a pthread_once function wants a mutex; the one that has
 * the mutex waits for the once. The twin's function takes less than the
 * threshold.
 */
#include "scene.h"

#include <sys/syscall.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct actor *initialiser;
static _Atomic bool have_lock;

static void want_lock(void)
{
	while (!have_lock)
		sleep_ns(1000000);
	actor_waits(initialiser);
	pthread_mutex_lock(&lock);
	park();
}

static void initialise(struct actor *a)
{
	initialiser = a;
	pthread_once(&once, want_lock);
	park();
}

static void use(struct actor *a)
{
	pthread_mutex_lock(&lock);
	have_lock = true;
	actor_waits(a);
	pthread_once(&once, want_lock);
	park();
}

static void set(struct stage *s)
{
	struct actor *first, *second;

	first = stage_thread(s, "initialises", initialise, NULL);
	stage_until_in(s, first, SYS_clock_nanosleep, NULL);
	second = stage_thread(s, "uses", use, NULL);
	stage_until_in(s, first, SYS_futex, &lock);
	stage_until_in(s, second, SYS_futex, &once);
	stage_bystanders(s);
	s->expect.rule = "deadlock";
	s->expect.certainty = "likely";
	expect_role(s, first, "cycle");
	expect_role(s, second, "cycle");
	expect_hold(s, "mutex", first, second, "exact");
	expect_hold(s, "once", second, first, "inferred");
}

static void again(void)
{
	actor_waits(initialiser);
	pthread_once(&once, again);
}

static void initialise_again(struct actor *a)
{
	initialiser = a;
	pthread_once(&once, again);
	park();
}

static void set_self(struct stage *s)
{
	struct actor *a = stage_thread(s, "initialises", initialise_again, NULL);

	stage_until_in(s, a, SYS_futex, &once);
	stage_bystanders(s);
	s->expect.rule = "self-deadlock";
	s->expect.certainty = "likely";
	expect_role(s, a, "cycle|root");
	expect_hold(s, "once", a, a, "inferred");
}

struct rounds {
	pthread_once_t once;
	pthread_barrier_t barrier;
	uint64_t take_ns;
};

static struct rounds rounds;

static void take_a_while(void)
{
	pthread_barrier_wait(&rounds.barrier);
	sleep_ns(rounds.take_ns);
}

static void initialise_ok(struct actor *a)
{
	while (!a->stage->over) {
		rounds.once = PTHREAD_ONCE_INIT;
		pthread_once(&rounds.once, take_a_while);
		pthread_barrier_wait(&rounds.barrier);
	}
}

static void use_ok(struct actor *a)
{
	uint64_t start;

	while (!a->stage->over) {
		pthread_barrier_wait(&rounds.barrier);
		start = now_ns();
		pthread_once(&rounds.once, take_a_while);
		stage_log(a->stage, a->tid, &rounds, start, now_ns());
		pthread_barrier_wait(&rounds.barrier);
	}
}

static void set_ok(struct stage *s)
{
	pthread_barrier_init(&rounds.barrier, NULL, 2);
	rounds.take_ns = s->threshold_ns / 10 * 8;
	stage_thread(s, "initialises", initialise_ok, NULL);
	stage_thread(s, "uses", use_ok, NULL);
}

SCENE(once) = {
	.name = "once",
	.what = "a pthread_once function wants a mutex whose owner waits for the once",
	.set = set,
};

SCENE(once_self) = {
	.name = "once-self",
	.what = "a pthread_once function comes to the same pthread_once",
	.set = set_self,
};

SCENE(once_ok) = {
	.name = "once-ok",
	.what = "pthread_once functions take less than the threshold, again and again",
	.set = set_ok,
	.healthy = true,
};
