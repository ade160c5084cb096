// SPDX-License-Identifier: GPL-2.0
/* Contests, bystanders, and the planted hold: what several scenes need. */
#include "scene.h"

#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/*
 * SCENE_PLANT_MS makes it longer, for who looks slowly: the whole system by
 * /proc, emulated. Who can tell when it was seen ends it with "release".
 */
#define PLANT_MS 3000

/* Its holder must be found: of a sort that has it in every C library. */
#define PLANT_TYPE PTHREAD_MUTEX_ERRORCHECK

void init_mutex(pthread_mutex_t *m, int type, bool shared)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, type);
	if (shared)
		pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(m, &attr);
	pthread_mutexattr_destroy(&attr);
}

static void take_first(struct contest *c)
{
	pthread_mutex_lock(&c->locks[0]);
}

static void give_first(struct contest *c)
{
	pthread_mutex_unlock(&c->locks[0]);
}

struct contest *contest_new(struct stage *s, unsigned wanting, int type, bool shared)
{
	struct contest *c = shared ? stage_shared_prop(s, sizeof(*c)) : stage_prop(sizeof(*c));
	pthread_barrierattr_t attr;

	pthread_barrierattr_init(&attr);
	if (shared)
		pthread_barrierattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_barrier_init(&c->barrier, &attr, wanting + 1);
	pthread_barrierattr_destroy(&attr);
	for (int i = 0; i < 3; i++)
		init_mutex(&c->locks[i], type, shared);
	c->take = take_first;
	c->give = give_first;
	c->hold_ns = s->threshold_ns / 10 * 8;
	return c;
}

void contest_hold(struct actor *a)
{
	struct contest *c = a->prop;
	bool over;

	do {
		c->take(c);
		pthread_barrier_wait(&c->barrier);
		sleep_ns(c->hold_ns);
		over = a->stage->over;
		c->over = over;
		c->give(c);
		pthread_barrier_wait(&c->barrier);
	} while (!over);
}

void contest_want(struct actor *a)
{
	struct contest *c = a->prop;
	uint64_t start;
	bool over;

	do {
		pthread_barrier_wait(&c->barrier);
		start = now_ns();
		c->take(c);
		stage_log(a->stage, a->tid, a->prop, start, now_ns());
		over = c->over; /* written before the lock was given */
		c->give(c);
		pthread_barrier_wait(&c->barrier);
	} while (!over);
}

struct idle {
	pthread_mutex_t lock;
	pthread_cond_t cond;
	int pipe[2];
};

static void idle_cond(struct actor *a)
{
	struct idle *idle = a->prop;

	pthread_mutex_lock(&idle->lock);
	for (;;)
		pthread_cond_wait(&idle->cond, &idle->lock);
}

static void idle_sleep(struct actor *a)
{
	(void)a;
	park();
}

static void idle_poll(struct actor *a)
{
	struct idle *idle = a->prop;
	struct pollfd p = {.fd = idle->pipe[0], .events = POLLPRI};

	for (;;)
		poll(&p, 1, -1);
}

static void idle_pipe(struct actor *a)
{
	struct idle *idle = a->prop;
	char c;

	for (;;)
		if (read(idle->pipe[0], &c, 1) < 0)
			park();
}

void stage_bystanders(struct stage *s)
{
	struct idle *idle = stage_prop(sizeof(*idle));
	struct actor *a;

	pthread_mutex_init(&idle->lock, NULL);
	pthread_cond_init(&idle->cond, NULL);
	if (pipe2(idle->pipe, O_CLOEXEC) < 0)
		die("no pipe");
	a = stage_thread(s, "idle-cond", idle_cond, idle);
	stage_until_in(s, a, SYS_futex, NULL);
	expect_never(s, a);
	a = stage_thread(s, "idle-sleep", idle_sleep, idle);
	stage_until_in(s, a, SYS_clock_nanosleep, NULL);
	expect_never(s, a);
	a = stage_thread(s, "idle-poll", idle_poll, idle);
	stage_until_in(s, a, SYS_poll, NULL);
	expect_never(s, a);
	a = stage_thread(s, "idle-pipe", idle_pipe, idle);
	stage_until_in(s, a, SYS_read, NULL);
	expect_never(s, a);
}

struct plant {
	pthread_mutex_t lock;
	_Atomic bool held, released;
	struct actor *holder;
	uint64_t hold_ns;
	uint64_t end_ns;
};

static void plant_hold(struct actor *a)
{
	struct plant *p = a->prop;

	struct timespec left = {(time_t)(p->hold_ns / 1000000000), (long)(p->hold_ns % 1000000000)};

	pthread_mutex_lock(&p->lock);
	p->held = true;
	while (nanosleep(&left, &left) != 0 && !p->released)
		;
	pthread_mutex_unlock(&p->lock);
}

static void plant_wait(struct actor *a)
{
	struct plant *p = a->prop;

	actor_waits(a);
	pthread_mutex_lock(&p->lock);
	p->end_ns = now_ns();
	pthread_mutex_unlock(&p->lock);
	printf("{\"planted\":{\"holder_tid\":%d,\"waiter_tid\":%d,\"since_ns\":%" PRIu64
	       ",\"end_ns\":%" PRIu64 "}}\n",
	       p->holder->tid, a->tid, a->since_ns, p->end_ns);
	fflush(stdout);
}

/*
 * Shows that silence is not blindness: this, and only this, must be reported.
 * Nobody joins the two: the main thread goes on as it was.
 */
void stage_plant(struct stage *s)
{
	struct plant *p = stage_prop(sizeof(*p));
	const char *ms = getenv("SCENE_PLANT_MS");

	p->hold_ns = (ms ? strtoull(ms, NULL, 10) : PLANT_MS) * 1000000;
	s->plant = p;
	init_mutex(&p->lock, PLANT_TYPE, false);
	p->holder = stage_thread(s, "plant-hold", plant_hold, p);
	while (!p->held)
		sched_yield();
	stage_thread(s, "plant-wait", plant_wait, p);
}

static void wake_up(int signal)
{
	(void)signal;
}

void stage_release(struct stage *s)
{
	const struct sigaction action = {.sa_handler = wake_up};

	if (!s->plant)
		die("nothing is planted that could be released");
	s->plant->released = true;
	sigaction(SIGUSR1, &action, NULL);
	pthread_kill(s->plant->holder->thread, SIGUSR1);
}
