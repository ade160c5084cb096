// SPDX-License-Identifier: GPL-2.0
/*
 * SysV semaphores on a healthy machine. As a lock that changes hands. As a
 * count of things to do: the last one that took something works or idles, and
 * that is no reason for alarm.
 */
#include "sysvsem.h"

#include <sys/epoll.h>
#include <sys/syscall.h>

static int contested;

static void contest_take(struct contest *c)
{
	(void)c;
	sem_add(contested, -1);
}

static void contest_give(struct contest *c)
{
	(void)c;
	sem_add(contested, 1);
}

static void set_ok(struct stage *s)
{
	struct contest *c = contest_new(s, SEM_WAITERS, PTHREAD_MUTEX_NORMAL, true);

	contested = sem_set_up(s, 1)->set;
	c->take = contest_take;
	c->give = contest_give;
	stage_child(s, "holds", contest_hold, c);
	stage_child(s, "wants-1", contest_want, c);
	stage_child(s, "wants-2", contest_want, c);
	stage_bystanders(s);
}

static void take_and_idle(struct actor *a)
{
	struct sem_plot *p = a->prop;
	struct epoll_event e;
	int ep = epoll_create1(EPOLL_CLOEXEC);

	sem_add(p->set, -1);
	p->taken = true;
	for (;;)
		epoll_wait(ep, &e, 1, -1);
}

static void take_and_work(struct actor *a)
{
	struct sem_plot *p = a->prop;

	sem_add(p->set, -1);
	p->taken = true;
	while (!a->stage->over)
		sleep_ns(20000000);
}

static void take_all(struct actor *a)
{
	struct sem_plot *p = a->prop;

	for (;;) {
		sem_add(p->set, -1);
		p->taken = true;
	}
}

/* Three pools; in each, the last that took something is not to blame that there is no more. */
static void set_pool_ok(struct stage *s)
{
	static void (*const plays[])(struct actor *) = {take_and_idle, take_and_work, take_all};
	static const char *const names[] = {"idles", "works", "takes-all"};

	for (int i = 0; i < 3; i++) {
		struct sem_plot *p = sem_set_up(s, 1);
		struct actor *a = stage_child(s, names[i], plays[i], p);

		sem_await_taken(p);
		expect_never(s, a);
		for (int k = 0; k < SEM_WAITERS; k++) {
			a = stage_child(s, "waits", sem_want, p);
			stage_until_in(s, a, SYS_semtimedop, NULL);
			expect_never(s, a);
		}
	}
	s->expect.note = "\"never_blocked\":true";
}

SCENE(sem_ok) = {
	.name = "sem-ok",
	.what = "processes take turns with a SysV semaphore",
	.set = set_ok,
	.healthy = true,
};

SCENE(sem_pool_ok) = {
	.name = "sem-pool-ok",
	.what = "processes wait for things to do, while those that took the last ones idle or work",
	.set = set_pool_ok,
	.healthy = true,
	.tick_ms = 100,
};
