// SPDX-License-Identifier: GPL-2.0
/*
 * Who holds a lock waits on an eventfd for another process, which sleeps; or
 * adds to one that is full, for nobody takes from it. In the twin the other
 * process comes in time, again and again.
 */
#include "scene.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

struct plot {
	int fd;
	pthread_mutex_t mutex;
	_Atomic bool locked;
	pthread_barrier_t round;
	uint64_t nap_ns;
};

static struct plot *set_up(struct stage *s)
{
	struct plot *p = stage_shared_prop(s, sizeof(*p));

	init_mutex(&p->mutex, PTHREAD_MUTEX_NORMAL, true);
	p->fd = eventfd(0, 0);
	if (p->fd < 0)
		die("no eventfd: %s", strerror(errno));
	return p;
}

static void take(const struct plot *p)
{
	uint64_t n;

	if (read(p->fd, &n, sizeof(n)) != sizeof(n))
		park();
}

static void add(const struct plot *p, uint64_t n)
{
	if (write(p->fd, &n, sizeof(n)) != sizeof(n))
		park();
}

static void lock(struct plot *p)
{
	pthread_mutex_lock(&p->mutex);
	p->locked = true;
}

static void holds(struct actor *a)
{
	struct plot *p = a->prop;

	lock(p);
	take(p);
	park();
}

static void fills(struct actor *a)
{
	struct plot *p = a->prop;

	add(p, UINT64_MAX - 1);
	actor_waits(a);
	add(p, 1);
	park();
}

static void sleeps(struct actor *a)
{
	(void)a;
	park();
}

static void wants(struct actor *a)
{
	struct plot *p = a->prop;

	while (!p->locked)
		sched_yield();
	actor_waits(a);
	pthread_mutex_lock(&p->mutex);
	park();
}

static void set_empty(struct stage *s)
{
	struct plot *p = set_up(s);
	struct actor *sleeper = stage_child(s, "signals", sleeps, p);
	struct actor *holder = stage_child(s, "holds", holds, p);
	struct actor *waiter;

	close(p->fd);
	waiter = stage_child(s, "wants", wants, p);
	stage_until_in(s, holder, SYS_read, NULL);
	stage_until_in(s, sleeper, SYS_clock_nanosleep, NULL);
	stage_until_in(s, waiter, SYS_futex, &p->mutex);
	stage_bystanders(s);
	s->expect.rule = "slow-holder";
	s->expect.note = "\"root_doing\":\"sleep\"";
	expect_role(s, waiter, "waiting");
	expect_role(s, holder, "waiting|holder");
	expect_role(s, sleeper, "root");
	expect_hold(s, "mutex", waiter, holder, "exact");
	expect_hold(s, "eventfd-empty", holder, sleeper, "inferred");
}

static void set_full(struct stage *s)
{
	struct plot *p = set_up(s);
	struct actor *sleeper = stage_child(s, "takes", sleeps, p);
	struct actor *filler = stage_child(s, "fills", fills, p);

	close(p->fd);
	stage_until_in(s, filler, SYS_write, NULL);
	stage_until_in(s, sleeper, SYS_clock_nanosleep, NULL);
	stage_bystanders(s);
	s->expect.rule = "queue-full";
	s->expect.note = "\"root_doing\":\"sleep\"";
	expect_role(s, filler, "waiting");
	expect_role(s, sleeper, "root");
	expect_hold(s, "eventfd-full", filler, sleeper, "inferred");
}

static void signals_in_time(struct actor *a)
{
	struct plot *p = a->prop;

	for (;;) {
		pthread_barrier_wait(&p->round);
		sleep_ns(p->nap_ns);
		add(p, 1);
		pthread_barrier_wait(&p->round);
	}
}

static void holds_for_a_while(struct actor *a)
{
	struct plot *p = a->prop;

	for (;;) {
		pthread_mutex_lock(&p->mutex);
		pthread_barrier_wait(&p->round);
		take(p);
		pthread_mutex_unlock(&p->mutex);
		pthread_barrier_wait(&p->round);
	}
}

static void wants_for_a_while(struct actor *a)
{
	struct plot *p = a->prop;

	for (;;) {
		uint64_t start;

		pthread_barrier_wait(&p->round);
		start = now_ns();
		pthread_mutex_lock(&p->mutex);
		stage_log(a->stage, a->tid, a->prop, start, now_ns());
		pthread_mutex_unlock(&p->mutex);
		pthread_barrier_wait(&p->round);
	}
}

static void set_ok(struct stage *s)
{
	struct plot *p = set_up(s);
	pthread_barrierattr_t attr;

	p->nap_ns = s->threshold_ns / 10 * 8;
	pthread_barrierattr_init(&attr);
	pthread_barrierattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_barrier_init(&p->round, &attr, 3);
	stage_child(s, "signals", signals_in_time, p);
	stage_child(s, "holds", holds_for_a_while, p);
	stage_child(s, "wants", wants_for_a_while, p);
	close(p->fd);
	stage_bystanders(s);
}

SCENE(eventfd_empty) = {
	.name = "eventfd-empty",
	.what = "a lock is held by who waits on an eventfd for a process that sleeps",
	.set = set_empty,
};

SCENE(eventfd_full) = {
	.name = "eventfd-full",
	.what = "an eventfd is full, and whoever could take from it sleeps",
	.set = set_full,
};

SCENE(eventfd_ok) = {
	.name = "eventfd-ok",
	.what = "a lock is held by who waits on an eventfd, but never for too long",
	.set = set_ok,
	.healthy = true,
};
