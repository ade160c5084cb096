// SPDX-License-Identifier: GPL-2.0
/*
 * fork while another thread holds a lock: the child's copy is locked for ever.
 * The twin takes the lock before it forks, as pthread_atfork is meant for.
 */
#include "scene.h"

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static _Atomic bool held, let_go;

static void keep(struct actor *a)
{
	(void)a;
	pthread_mutex_lock(&lock);
	held = true;
	while (!let_go)
		sleep_ns(20000000);
	pthread_mutex_unlock(&lock);
}

static void want_copy(struct actor *a)
{
	actor_waits(a);
	pthread_mutex_lock(&lock);
	park();
}

static struct actor *set_copy(struct stage *s, struct actor **ret_keeper)
{
	struct actor *child;

	*ret_keeper = stage_thread(s, "keeper", keep, NULL);
	while (!held)
		sched_yield();
	child = stage_child(s, "child", want_copy, NULL);
	stage_until_in(s, child, SYS_futex, &lock);
	s->expect.rule = "fork-copied-lock";
	expect_role(s, child, "waiting");
	s->expect.note = "\"copied\":true";
	return child;
}

static void set(struct stage *s)
{
	struct actor *keeper, *child = set_copy(s, &keeper);

	s->expect.certainty = "certain|likely";
	expect_hold(s, "mutex", child, keeper, "exact");
}

/* In the parent all goes on: its thread gives the lock back, and ends. */
static void set_gone(struct stage *s)
{
	struct actor *keeper, *child = set_copy(s, &keeper);

	let_go = true;
	pthread_join(keeper->thread, NULL);
	stage_until_gone(s, keeper);
	s->expect.certainty = "likely";
	expect_hold(s, "mutex", child, keeper, "inferred");
}

static void lock_it(void)
{
	pthread_mutex_lock(&lock);
}

static void unlock_it(void)
{
	pthread_mutex_unlock(&lock);
}

static void hold_often(struct actor *a)
{
	while (!a->stage->over) {
		pthread_mutex_lock(&lock);
		held = true;
		sleep_ns(a->stage->threshold_ns / 10 * 8);
		held = false;
		pthread_mutex_unlock(&lock);
		sleep_ns(10000000);
	}
}

/* Forks wait for the lock first, so that nobody else has it at that moment. */
static void fork_often(struct actor *a)
{
	while (!a->stage->over) {
		uint64_t start = now_ns();
		pid_t pid;

		pid = fork();
		if (pid == 0) {
			pthread_mutex_lock(&lock);
			pthread_mutex_unlock(&lock);
			_exit(0);
		}
		stage_log(a->stage, a->tid, &lock, start, now_ns());
		waitpid(pid, NULL, 0);
		while (!held && !a->stage->over)
			sleep_ns(1000000);
	}
}

static void set_ok(struct stage *s)
{
	pthread_atfork(lock_it, unlock_it, unlock_it);
	stage_thread(s, "holder", hold_often, NULL);
	while (!held)
		sched_yield();
	stage_thread(s, "forker", fork_often, NULL);
}

SCENE(fork_copied) = {
	.name = "fork-copied",
	.what = "a child waits for its copy of a lock that the parent held when it forked",
	.set = set,
};

SCENE(fork_copied_gone) = {
	.name = "fork-copied-gone",
	.what = "the same, and the parent's thread has given its lock back and ended",
	.set = set_gone,
};

SCENE(fork_copied_ok) = {
	.name = "fork-copied-ok",
	.what = "who forks takes the lock first, and the child gives it back",
	.set = set_ok,
	.healthy = true,
};
