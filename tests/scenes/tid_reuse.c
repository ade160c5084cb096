// SPDX-License-Identifier: GPL-2.0
/* The owner of a lock has ended, and its id is given to another thread. */
#include "scene.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TRIES	  200
#define CPUS	  1024
#define LATER_NS  3000000000ULL
#define LATEST_NS 20000000000ULL

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* The next thread of this PID namespace gets this id, if it is free. */
static void ask_for_tid(pid_t tid)
{
	char text[16];
	int fd = open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC);
	int n = snprintf(text, sizeof(text), "%d", tid - 1);

	if (fd < 0 || write(fd, text, (size_t)n) != n)
		die("ns_last_pid cannot be written");
	close(fd);
}

struct taken_over {
	pid_t wanted;
	void (*play)(struct actor *);
	struct actor *actor;
	_Atomic pid_t tid;
};

static void *main_if_wanted(void *arg)
{
	struct taken_over *t = arg;
	pid_t tid = self_tid();

	if (tid == t->wanted) {
		prctl(PR_SET_NAME, t->actor->name);
		t->tid = tid;
		t->play(t->actor);
	} else {
		t->tid = tid;
	}
	return NULL;
}

/*
 * A thread with that id; somebody else may be faster, so more than one try. Who
 * was may keep it for long: returns false then.
 */
static bool start_as(struct taken_over *t, pthread_t *ret)
{
	pthread_t thread;

	for (int i = 0; i < TRIES; i++) {
		t->tid = 0;
		ask_for_tid(t->wanted);
		if (pthread_create(&thread, NULL, main_if_wanted, t) != 0)
			die("cannot start a thread");
		while (!t->tid)
			sched_yield();
		if (t->tid == t->wanted) {
			*ret = thread;
			return true;
		}
		pthread_join(thread, NULL);
	}
	return false;
}

static void take_and_end(struct actor *a)
{
	(void)a;
	pthread_mutex_lock(&lock);
}

static void want(struct actor *a)
{
	actor_waits(a);
	pthread_mutex_lock(&lock);
	park();
}

static void be_idle(struct actor *a)
{
	(void)a;
	park();
}

/* What interrupts and the hypervisor have taken from the CPU that lost most since then. */
static uint64_t taken_ns(uint64_t before[CPUS])
{
	uint64_t most = 0, ms = 1000 / (uint64_t)sysconf(_SC_CLK_TCK);
	unsigned long long irq, softirq, steal;
	FILE *f = fopen("/proc/stat", "re");
	char line[512];
	unsigned cpu;

	if (!f)
		die("no /proc/stat");
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "cpu%u %*u %*u %*u %*u %*u %llu %llu %llu", &cpu, &irq, &softirq,
			   &steal) != 4 ||
		    cpu >= CPUS)
			continue;
		uint64_t all = (irq + softirq + steal) * ms * 1000000;

		if (!before[cpu])
			before[cpu] = all;
		if (all - before[cpu] > most)
			most = all - before[cpu];
	}
	fclose(f);
	return most;
}

/*
 * Not a state to wait for: the next one must be clearly younger than the waits
 * so far. /proc dates these by a clock that does not count what was taken from
 * the CPU since, so that does not count here either.
 */
static void until_clearly_later(void)
{
	uint64_t start = now_ns(), *before = stage_prop(CPUS * sizeof(*before));

	taken_ns(before);
	while (now_ns() - start < LATER_NS + taken_ns(before) && now_ns() - start < LATEST_NS)
		sleep_ns(100000000);
}

static void set(struct stage *s)
{
	static struct actor innocent = {.name = "innocent"};
	static struct taken_over over = {.play = be_idle, .actor = &innocent};
	struct actor *owner, *waiter;
	pthread_t thread;

	owner = stage_thread(s, "owner", take_and_end, NULL);
	pthread_join(owner->thread, NULL);
	stage_until_gone(s, owner);
	for (int i = 0; i < 2; i++) {
		waiter = stage_thread(s, i ? "heir-2" : "heir-1", want, NULL);
		stage_until_in(s, waiter, SYS_futex, &lock);
		expect_role(s, waiter, "waiting");
		expect_hold(s, "mutex", waiter, owner, "inferred");
	}
	until_clearly_later();
	over.wanted = owner->tid;
	if (!start_as(&over, &thread))
		die("id %d could not be had", over.wanted);
	s->expect.rule = "owner-gone";
	s->expect.certainty = "likely";
	s->expect.note = "\"holder_gone\":true,\"not_named\":\"innocent\"";
}

static _Atomic bool held;

static void hold_once(struct actor *a)
{
	pthread_mutex_lock(&lock);
	held = true;
	sleep_ns(a->stage->threshold_ns / 10 * 8);
	pthread_mutex_unlock(&lock);
}

/* One id, one lock, and each time another thread: it holds the lock that it says it holds. */
static void follow_up(struct actor *a)
{
	struct actor owner = {.stage = a->stage, .name = "owner"};
	struct taken_over over = {.play = hold_once, .actor = &owner, .wanted = *(pid_t *)a->prop};

	while (!a->stage->over) {
		pthread_t thread;
		uint64_t start;

		if (!start_as(&over, &thread)) {
			over.wanted = over.tid; /* of the last try */
			continue;
		}
		while (!held)
			sched_yield();
		start = now_ns();
		pthread_mutex_lock(&lock);
		stage_log(a->stage, a->tid, &lock, start, now_ns());
		held = false;
		pthread_mutex_unlock(&lock);
		pthread_join(thread, NULL);
	}
}

static void end_at_once(struct actor *a)
{
	(void)a;
}

static void set_ok(struct stage *s)
{
	struct actor *first = stage_thread(s, "first", end_at_once, NULL);
	pid_t *tid = stage_prop(sizeof(*tid));

	*tid = first->tid;
	pthread_join(first->thread, NULL);
	stage_until_gone(s, first);
	stage_thread(s, "heir", follow_up, tid);
}

SCENE(tid_reuse) = {
	.name = "tid-reuse",
	.what = "the owner of a lock has ended, and its id belongs to another thread",
	.set = set,
	.alone = true, /* what is taken from its CPU before it is looked at blurs which is older */
	.needs_root = true,
};

SCENE(tid_reuse_ok) = {
	.name = "tid-reuse-ok",
	.what = "one thread after the other has the same id and holds the lock",
	.set = set_ok,
	.healthy = true,
	.needs_root = true,
};
