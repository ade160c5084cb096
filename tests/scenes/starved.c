// SPDX-License-Identifier: GPL-2.0
/*
 * A holder that could run and gets no processor: it is of the idle class, and
 * one of the highest priority runs on the only processor that both may use.
 */
#include "scene.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>

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
	s->expect.note = "\"not_by\":\"proc\"";
	s->expect.certainty = "certain|likely";
	expect_role(s, holder, "root");
	expect_role(s, waiter, "waiting");
	expect_hold(s, "mutex", waiter, holder, "exact");
}

SCENE(starved_holder) = {
	.name = "starved-holder",
	.what = "a lock is held by a thread that gets no processor",
	.set = set,
	.needs_root = true,
	.alone = true,
};
