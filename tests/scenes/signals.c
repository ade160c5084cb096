// SPDX-License-Identifier: GPL-2.0
/*
 * A thread waits for a lock and takes a signal that does nothing every 300 ms.
 * It wakes each time, so "has not run for" says little: only who saw the wait
 * begin knows since when.
 */
#include "scene.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EVERY_NS 300000000ULL

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct actor *holder, *waiter;
static _Atomic bool held, open;

static void nothing(int sig)
{
	(void)sig;
}

static void hold(struct actor *a)
{
	(void)a;
	pthread_mutex_lock(&lock);
	held = true;
	park();
}

static void want(struct actor *a)
{
	while (!open)
		sleep_ns(5000000);
	actor_waits(a);
	pthread_mutex_lock(&lock);
	park();
}

static void disturb(struct actor *a)
{
	for (;;) {
		sleep_ns(EVERY_NS);
		if (open)
			syscall(SYS_tgkill, a->pid, waiter->tid, SIGUSR1);
	}
}

static void set(struct stage *s)
{
	struct sigaction act = {.sa_handler = nothing, .sa_flags = SA_RESTART};

	sigaction(SIGUSR1, &act, NULL);
	holder = stage_thread(s, "holds", hold, NULL);
	while (!held)
		sched_yield();
	waiter = stage_thread(s, "wants", want, NULL);
	expect_never(s, stage_thread(s, "disturbs", disturb, NULL));
	s->expect.rule = "slow-holder";
	expect_role(s, holder, "root");
	expect_role(s, waiter, "waiting");
	expect_hold(s, "mutex", waiter, holder, "exact");
	s->expect.note = "\"since_only_by_hooks\":true";
}

static void begin(struct stage *s)
{
	open = true;
	stage_until_in(s, waiter, SYS_futex, &lock);
}

SCENE(signals) = {
	.name = "signals",
	.what = "a waiting thread takes a signal every 300 ms",
	.set = set,
	.begin = begin,
};
