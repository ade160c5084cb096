// SPDX-License-Identifier: GPL-2.0
/* A lock that is held for long by a thread that sleeps, runs, or is stopped; and the twin. */
#include "scene.h"

#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#define WAITERS 3

struct hold {
	pthread_mutex_t lock;
	_Atomic bool held, released;
	struct actor *holder;
};

static struct hold *hold; /* between set and go */

static void hold_sleeping(struct actor *a)
{
	struct hold *h = a->prop;

	pthread_mutex_lock(&h->lock);
	h->held = true;
	while (!h->released)
		sleep(3600); /* ends early when a signal comes */
	pthread_mutex_unlock(&h->lock);
	park();
}

static void hold_running(struct actor *a)
{
	struct hold *h = a->prop;

	pthread_mutex_lock(&h->lock);
	h->held = true;
	while (!h->released)
		;
	pthread_mutex_unlock(&h->lock);
	park();
}

static void hold_stopped(struct actor *a)
{
	struct hold *h = a->prop;

	pthread_mutex_lock(&h->lock);
	h->held = true;
	raise(SIGSTOP);
	pthread_mutex_unlock(&h->lock);
	park();
}

static void want(struct actor *a)
{
	struct hold *h = a->prop;

	actor_waits(a);
	pthread_mutex_lock(&h->lock);
	pthread_mutex_unlock(&h->lock);
	park();
}

static void wake(int sig)
{
	(void)sig;
}

static void set_waiters(struct stage *s)
{
	struct actor *w;
	char name[16];

	while (!hold->held)
		sched_yield();
	expect_role(s, hold->holder, "root");
	for (int i = 0; i < WAITERS; i++) {
		snprintf(name, sizeof(name), "wants-%d", i);
		w = stage_thread(s, name, want, hold);
		stage_until_in(s, w, SYS_futex, &hold->lock);
		expect_role(s, w, "waiting");
		expect_hold(s, "mutex", w, hold->holder, "exact");
	}
	s->expect.rule = "slow-holder";
	s->expect.certainty = "certain|likely";
}

static void set_here(struct stage *s, void (*play)(struct actor *))
{
	signal(SIGUSR2, wake);
	hold = stage_prop(sizeof(*hold));
	init_mutex(&hold->lock, PTHREAD_MUTEX_NORMAL, false);
	hold->holder = stage_thread(s, "holds", play, hold);
	stage_bystanders(s);
	set_waiters(s);
}

static void set_sleeping(struct stage *s)
{
	set_here(s, hold_sleeping);
	stage_until_in(s, hold->holder, SYS_clock_nanosleep, NULL);
	s->expect.note = "\"root_doing\":\"sleep\"";
}

static void set_running(struct stage *s)
{
	set_here(s, hold_running);
	s->expect.note = "\"root_doing\":\"running\"";
}

static void set_stopped(struct stage *s)
{
	hold = stage_shared_prop(s, sizeof(*hold));
	init_mutex(&hold->lock, PTHREAD_MUTEX_NORMAL, true);
	hold->holder = stage_child(s, "holds", hold_stopped, hold);
	set_waiters(s);
	stage_until_state(s, hold->holder, 'T');
	s->expect.note = "\"root_doing\":\"stopped\"";
}

static void go(struct stage *s)
{
	hold->released = true;
	if (hold->holder->pid == s->main_pid)
		pthread_kill(hold->holder->thread, SIGUSR2);
	else
		kill(hold->holder->pid, SIGCONT);
}

static void set_ok(struct stage *s)
{
	struct contest *c = contest_new(s, WAITERS, PTHREAD_MUTEX_NORMAL, false);
	char name[16];

	stage_bystanders(s);
	stage_thread(s, "holds", contest_hold, c);
	for (int i = 0; i < WAITERS; i++) {
		snprintf(name, sizeof(name), "wants-%d", i);
		stage_thread(s, name, contest_want, c);
	}
}

SCENE(slowholder_sleeping) = {
	.name = "slowholder-sleeping",
	.what = "a lock is held by a sleeping thread",
	.set = set_sleeping,
	.go = go,
};

SCENE(slowholder_running) = {
	.name = "slowholder-running",
	.what = "a lock is held by a thread that runs and runs",
	.set = set_running,
	.go = go,
	.alone = true,
};

SCENE(slowholder_stopped) = {
	.name = "slowholder-stopped",
	.what = "a shared lock is held by a stopped process",
	.set = set_stopped,
	.go = go,
};

SCENE(slowholder_ok) = {
	.name = "slowholder-ok",
	.what = "a lock is held often and long, but not too long",
	.set = set_ok,
	.healthy = true,
};
