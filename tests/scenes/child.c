// SPDX-License-Identifier: GPL-2.0
/*
 * A lock is held by a thread that waits for its child, and the child sleeps and
 * sleeps; or, having been made by vfork, neither calls exec nor exits. In the
 * twins it ends in time, again and again.
 */
#include "scene.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define WAITERS 2

struct family {
	pthread_mutex_t lock;
	struct actor *child;
	_Atomic bool held, released;
};

static struct family *family; /* between set and go */

static void sleep_long(struct actor *a)
{
	(void)a;
	park();
}

static void hold_and_wait(struct actor *a)
{
	struct family *f = a->prop;

	pthread_mutex_lock(&f->lock);
	f->held = true;
	actor_waits(a);
	waitpid(f->child->pid, NULL, 0);
	pthread_mutex_unlock(&f->lock);
	park();
}

static void want(struct actor *a)
{
	struct family *f = a->prop;

	actor_waits(a);
	pthread_mutex_lock(&f->lock);
	pthread_mutex_unlock(&f->lock);
	park();
}

static void set_waiters(struct stage *s, struct actor *holder)
{
	char name[16];

	expect_role(s, holder, "holder");
	for (int i = 0; i < WAITERS; i++) {
		struct actor *w;

		snprintf(name, sizeof(name), "wants-%d", i);
		w = stage_thread(s, name, want, family);
		stage_until_in(s, w, SYS_futex, &family->lock);
		expect_role(s, w, "waiting");
		expect_hold(s, "mutex", w, holder, "exact");
	}
	stage_bystanders(s);
	s->expect.reports = 1;
	s->expect.rule = "child-never-exits";
	s->expect.certainty = "certain|likely";
}

static void set_child(struct stage *s)
{
	struct actor *holder;

	family = stage_prop(sizeof(*family));
	init_mutex(&family->lock, PTHREAD_MUTEX_NORMAL, false);
	family->child = stage_child(s, "sleeps", sleep_long, NULL);
	holder = stage_thread(s, "waits", hold_and_wait, family);
	stage_until_in(s, holder, SYS_wait4, NULL);
	expect_role(s, family->child, "root");
	expect_hold(s, "child", holder, family->child, "exact");
	set_waiters(s, holder);
}

static void go_child(struct stage *s)
{
	(void)s;
	kill(family->child->pid, SIGKILL);
}

/* ---- vfork ---- */

static struct actor *borrower;

/* On the parent's stack, which stands still meanwhile. */
static void borrow(struct actor *a)
{
	struct timespec t = {.tv_sec = 3600};

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, borrower->name);
	a->stage->children[a->stage->n_children++] = (pid_t)syscall(SYS_getpid);
	borrower->pid = borrower->tid = (pid_t)syscall(SYS_getpid);
	for (;;)
		syscall(SYS_nanosleep, &t, NULL);
}

static void hold_and_vfork(struct actor *a)
{
	struct family *f = a->prop;

	pthread_mutex_lock(&f->lock);
	f->held = true;
	actor_waits(a);
	if (vfork() == 0)
		borrow(a);
	pthread_mutex_unlock(&f->lock);
	park();
}

static void set_vfork(struct stage *s)
{
	struct actor *holder;

	family = stage_prop(sizeof(*family));
	borrower = &s->actors[s->n_actors++];
	borrower->stage = s;
	strcpy(borrower->name, "borrows");
	init_mutex(&family->lock, PTHREAD_MUTEX_NORMAL, false);
	holder = stage_thread(s, "vforks", hold_and_vfork, family);
	stage_until_state(s, holder, 'D');
	while (!borrower->tid)
		sched_yield();
	stage_until_in(s, borrower, SYS_nanosleep, NULL);
	expect_role(s, borrower, "root");
	expect_hold(s, "vfork", holder, borrower, "exact");
	set_waiters(s, holder);
}

static void go_vfork(struct stage *s)
{
	(void)s;
	kill(borrower->pid, SIGKILL);
}

/* ---- the twins ---- */

static void hold_in_rounds(struct actor *a, bool by_vfork)
{
	struct family *f = a->prop;
	uint64_t ns = a->stage->threshold_ns / 10 * 8;

	for (;;) {
		pid_t pid;

		pthread_mutex_lock(&f->lock);
		f->held = true;
		pid = by_vfork ? vfork() : fork();
		if (pid == 0) {
			sleep_ns(ns);
			_exit(0);
		}
		waitpid(pid, NULL, 0);
		pthread_mutex_unlock(&f->lock);
		while (!f->released)
			sched_yield();
		f->held = f->released = false;
	}
}

static void fork_in_rounds(struct actor *a)
{
	hold_in_rounds(a, false);
}

static void vfork_in_rounds(struct actor *a)
{
	hold_in_rounds(a, true);
}

static void want_in_rounds(struct actor *a)
{
	struct family *f = a->prop;

	for (;;) {
		uint64_t start;

		while (!f->held)
			sleep_ns(1000000);
		start = now_ns();
		pthread_mutex_lock(&f->lock);
		stage_log(a->stage, a->tid, &f->lock, start, now_ns());
		pthread_mutex_unlock(&f->lock);
		f->held = false;
		f->released = true;
	}
}

static void set_twin(struct stage *s, void (*hold)(struct actor *))
{
	struct family *f = stage_prop(sizeof(*f));

	init_mutex(&f->lock, PTHREAD_MUTEX_NORMAL, false);
	stage_bystanders(s);
	stage_thread(s, "holds", hold, f);
	stage_thread(s, "wants", want_in_rounds, f);
}

static void set_child_ok(struct stage *s)
{
	set_twin(s, fork_in_rounds);
}

static void set_vfork_ok(struct stage *s)
{
	set_twin(s, vfork_in_rounds);
}

SCENE(child_never_exits) = {
	.name = "child-never-exits",
	.what = "a lock is held by a thread that waits for a child that sleeps",
	.set = set_child,
	.go = go_child,
};

SCENE(child_ok) = {
	.name = "child-ok",
	.what = "a lock is held while children are waited for that end in time",
	.set = set_child_ok,
	.healthy = true,
};

SCENE(vfork_stuck) = {
	.name = "vfork-stuck",
	.what = "a lock is held by a thread whose vforked child does not go on",
	.set = set_vfork,
	.go = go_vfork,
};

SCENE(vfork_ok) = {
	.name = "vfork-ok",
	.what = "a lock is held while vforked children end in time",
	.set = set_vfork_ok,
	.healthy = true,
};
