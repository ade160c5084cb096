// SPDX-License-Identifier: GPL-2.0
/*
 * exec: a process goes on under its id with other threads and other memory.
 * One took a shared lock with it; in the twin it ends those who hold and wait.
 */
#include "scene.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct shared {
	pthread_mutex_t lock;
	_Atomic bool held;
	_Atomic uint64_t start_ns, end_ns;
	_Atomic bool waits;
};

static void take_and_exec(struct actor *a)
{
	struct shared *h = a->prop;

	pthread_mutex_lock(&h->lock);
	h->held = true;
	execlp("sleep", "sleep", "3600", (char *)NULL);
	die("no sleep");
}

static void want(struct actor *a)
{
	struct shared *h = a->prop;

	actor_waits(a);
	pthread_mutex_lock(&h->lock);
	park();
}

static void set(struct stage *s)
{
	struct shared *h = stage_shared_prop(s, sizeof(*h));
	struct actor *holder, *waiter;

	init_mutex(&h->lock, PTHREAD_MUTEX_NORMAL, true);
	holder = stage_child(s, "holder", take_and_exec, h);
	while (!h->held)
		sched_yield();
	stage_until_in(s, holder, SYS_clock_nanosleep, NULL);
	waiter = stage_thread(s, "waiter", want, h);
	stage_until_in(s, waiter, SYS_futex, &h->lock);
	s->expect.rule = "unknown-holder";
	s->expect.certainty = "possible";
	expect_role(s, waiter, "waiting");
	expect_never(s, holder);
}

static void *hold_main(void *arg)
{
	struct shared *h = arg;

	prctl(PR_SET_NAME, "exec-hold");
	pthread_mutex_lock(&h->lock);
	h->held = true;
	park();
	return NULL;
}

static void *want_main(void *arg)
{
	struct shared *h = arg;

	prctl(PR_SET_NAME, "exec-want");
	while (!h->held)
		sched_yield();
	h->start_ns = now_ns();
	h->waits = true;
	pthread_mutex_lock(&h->lock);
	return NULL;
}

static void *exec_main(void *arg)
{
	struct shared *h = arg;

	sleep_ns(h->end_ns);
	h->end_ns = now_ns();
	execlp("sleep", "sleep", "0.3", (char *)NULL);
	die("no sleep");
}

/* Those who hold and wait are gone with the program: exec ends all threads but one. */
static void live_and_exec(struct shared *h, uint64_t wait_ns)
{
	pthread_t thread;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	init_mutex(&h->lock, PTHREAD_MUTEX_NORMAL, false);
	pthread_create(&thread, NULL, hold_main, h);
	pthread_create(&thread, NULL, want_main, h);
	while (!h->waits)
		sched_yield();
	h->end_ns = wait_ns;
	pthread_create(&thread, NULL, exec_main, h);
	park();
}

static void exec_often(struct actor *a)
{
	struct shared *h = a->prop;

	while (!a->stage->over) {
		pid_t pid;

		h->held = h->waits = false;
		pid = fork();
		if (pid == 0)
			live_and_exec(h, a->stage->threshold_ns / 10 * 8);
		if (pid > 0)
			waitpid(pid, NULL, 0);
		stage_log(a->stage, a->tid, h, h->start_ns, h->end_ns);
	}
}

static void set_ok(struct stage *s)
{
	stage_thread(s, "parent", exec_often, stage_shared_prop(s, sizeof(struct shared)));
}

SCENE(exec_holder) = {
	.name = "exec-holder",
	.what = "a process took a shared lock and runs another program now",
	.set = set,
};

SCENE(exec_ok) = {
	.name = "exec-ok",
	.what = "threads hold and wait until their process runs another program",
	.set = set_ok,
	.healthy = true,
};
