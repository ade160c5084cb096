// SPDX-License-Identifier: GPL-2.0
/*
 * A holder that could run and gets no processor: it is of the idle class, and
 * one of the highest priority runs on the only processor that both may use; or
 * its control group has used up its quota, and gets a thousandth of a processor
 * (played under watch: that it gets so little takes a while to be seen). In the
 * twin they are equals: it comes to its half, and ends in time.
 */
#include "scene.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct {
	pthread_mutex_t lock;
	_Atomic bool held, hot;
} starved;

static void on_last_processor(void)
{
	cpu_set_t all, one;
	int last = -1;

	if (sched_getaffinity(0, sizeof(all), &all) != 0)
		die("no affinity");
	for (int i = 0; i < CPU_SETSIZE; i++)
		last = CPU_ISSET(i, &all) ? i : last;
	CPU_ZERO(&one);
	CPU_SET(last, &one);
	sched_setaffinity(0, sizeof(one), &one);
}

static void hold(struct actor *a)
{
	struct sched_param none = {0};

	(void)a;
	on_last_processor();
	sched_setscheduler(0, SCHED_IDLE, &none);
	pthread_mutex_lock(&starved.lock);
	starved.held = true;
	while (!a->stage->over)
		;
	pthread_mutex_unlock(&starved.lock);
}

static void run_hot(struct actor *a)
{
	on_last_processor();
	setpriority(PRIO_PROCESS, (id_t)self_tid(), -8);
	starved.hot = true;
	while (!a->stage->over)
		;
}

static void want(struct actor *a)
{
	actor_waits(a);
	pthread_mutex_lock(&starved.lock);
	pthread_mutex_unlock(&starved.lock);
	park();
}

static void set(struct stage *s)
{
	struct actor *holder, *waiter;

	init_mutex(&starved.lock, PTHREAD_MUTEX_NORMAL, false);
	holder = stage_thread(s, "holds", hold, NULL);
	while (!starved.held)
		sched_yield();
	expect_never(s, stage_thread(s, "runs-hot", run_hot, NULL));
	while (!starved.hot)
		sched_yield();
	waiter = stage_thread(s, "wants", want, NULL);
	stage_until_in(s, waiter, SYS_futex, &starved.lock);
	/* it is starved once it has been so for 1.5 s, and twice the threshold has passed */
	sleep_ns(2 * s->threshold_ns);
	s->expect.rule = "starved-holder";
	s->expect.note = "\"not_by\":\"proc\",\"not_emulated\":true";
	s->expect.certainty = "certain|likely";
	expect_role(s, holder, "root");
	expect_role(s, waiter, "waiting");
	expect_hold(s, "mutex", waiter, holder, "exact");
}

/* ---- A quota ---- */

static struct throttled {
	pthread_mutex_t lock;
	_Atomic bool held, open;
	struct actor *waiter;
} * throttled; /* between set and begin */

static void hold_hot(struct actor *a)
{
	struct throttled *t = a->prop;

	pthread_mutex_lock(&t->lock);
	t->held = true;
	while (!t->open)
		sleep_ns(10000000);
	for (;;)
		;
}

static void want_throttled(struct actor *a)
{
	struct throttled *t = a->prop;

	while (!t->open)
		sleep_ns(10000000);
	actor_waits(a);
	pthread_mutex_lock(&t->lock);
	park();
}

/* A millisecond of each second. */
static bool give_quota(struct stage *s, const struct actor *holder)
{
	bool second = access("/sys/fs/cgroup/cgroup.subtree_control", F_OK) == 0;
	char number[16];

	if (second)
		group_put("/sys/fs/cgroup", "cgroup.subtree_control", "+cpu");
	snprintf(s->group, sizeof(s->group), "/sys/fs/cgroup%s/scene-%d", second ? "" : "/cpu",
		 getpid());
	snprintf(number, sizeof(number), "%d", holder->pid);
	if (mkdir(s->group, 0755) != 0)
		return false;
	return (second ? group_put(s->group, "cpu.max", "1000 1000000")
		       : group_put(s->group, "cpu.cfs_period_us", "1000000") &&
				 group_put(s->group, "cpu.cfs_quota_us", "1000")) &&
	       group_put(s->group, "cgroup.procs", number);
}

static void set_throttled(struct stage *s)
{
	struct actor *holder;

	throttled = stage_shared_prop(s, sizeof(*throttled));
	init_mutex(&throttled->lock, PTHREAD_MUTEX_NORMAL, true);
	stage_janitor(s);
	holder = stage_child(s, "holds", hold_hot, throttled);
	while (!throttled->held)
		sched_yield();
	if (!give_quota(s, holder)) {
		printf("skip: no quota of a control group: %s\n", strerror(errno));
		exit(0);
	}
	throttled->waiter = stage_child(s, "wants", want_throttled, throttled);
	s->expect.rule = "starved-holder";
	s->expect.certainty = "certain|likely";
	s->expect.note =
		"\"by_change\":true,\"latency_ms\":5000,\"not_emulated\":true,\"says\":\"runnable, but \"";
	expect_role(s, holder, "root");
	expect_role(s, throttled->waiter, "waiting");
	expect_hold(s, "mutex", throttled->waiter, holder, "exact");
}

static void begin_throttled(struct stage *s)
{
	throttled->open = true;
	while (!throttled->waiter->since_ns)
		sleep_ns(10000000);
	stage_until_in(s, throttled->waiter, SYS_futex, &throttled->lock);
}

/* ---- The twin ---- */

/* Runs with the lock, on a processor that it shares. */
static void hold_and_run(struct actor *a)
{
	struct contest *c = a->prop;
	bool over;

	on_last_processor();
	do {
		uint64_t until;

		c->take(c);
		pthread_barrier_wait(&c->barrier);
		starved.held = true;
		until = now_ns() + c->hold_ns;
		while (now_ns() < until)
			;
		over = a->stage->over;
		c->over = over;
		starved.held = false;
		c->give(c);
		pthread_barrier_wait(&c->barrier);
	} while (!over);
}

static void share(struct actor *a)
{
	on_last_processor();
	while (!a->stage->over) {
		if (!starved.held)
			sleep_ns(10000000);
	}
}

static void set_ok(struct stage *s)
{
	struct contest *c = contest_new(s, 1, PTHREAD_MUTEX_NORMAL, false);

	stage_thread(s, "holds", hold_and_run, c);
	stage_thread(s, "runs-too", share, NULL);
	stage_thread(s, "wants", contest_want, c);
}

SCENE(starved_holder) = {
	.name = "starved-holder",
	.what = "a lock is held by a thread that gets no processor",
	.set = set,
	.needs_root = true,
	.alone = true,
};

SCENE(starved_quota) = {
	.name = "starved-quota",
	.what = "a lock is held by a process whose control group has used up its quota",
	.set = set_throttled,
	.begin = begin_throttled,
	.needs_root = true,
};

SCENE(starved_ok) = {
	.name = "starved-ok",
	.what = "a lock is held by a thread that shares its processor with another",
	.set = set_ok,
	.healthy = true,
	.alone = true,
};
