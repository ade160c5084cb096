// SPDX-License-Identifier: GPL-2.0
/*
 * SysV semaphores. As a lock: its taker sleeps, or has ended without giving it
 * back, or waits for what a waiter has. As a count of things to do: the last
 * one that took something works or idles, and that is no reason for alarm.
 */
#include "scene.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/sem.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define WAITERS 2

struct plot {
	int set;
	short flags; /* of taking: SEM_UNDO or not */
	_Atomic bool taken;
	pthread_mutex_t mutex;
};

static int make_set(struct stage *s, int value)
{
	int id = semget(IPC_PRIVATE, 1, IPC_CREAT | 0600);

	if (id < 0 || semctl(id, 0, SETVAL, value) < 0)
		die("no SysV semaphore: %s", strerror(errno));
	s->semids[s->n_semids++] = id;
	return id;
}

static void add_with(int set, int n, short flags)
{
	struct sembuf op = {.sem_op = n, .sem_flg = flags};

	while (semop(set, &op, 1) < 0)
		if (errno != EINTR)
			park(); /* the set is gone: the scene ends */
}

static void add(int set, int n)
{
	add_with(set, n, 0);
}

static void want(struct actor *a)
{
	struct plot *p = a->prop;

	actor_waits(a);
	add_with(p->set, -1, p->flags);
	park();
}

static void take_and_sleep(struct actor *a)
{
	struct plot *p = a->prop;

	add_with(p->set, -1, p->flags);
	p->taken = true;
	park();
}

static void take_and_end(struct actor *a)
{
	struct plot *p = a->prop;

	add(p->set, -1);
	p->taken = true;
}

static struct plot *set_up(struct stage *s, int value)
{
	struct plot *p = stage_shared_prop(s, sizeof(*p));

	if (!s->n_semids)
		stage_janitor(s);
	p->set = make_set(s, value);
	return p;
}

static void await_taken(const struct plot *p)
{
	while (!p->taken)
		sched_yield();
}

static void expect_waiters(struct stage *s, struct plot *p, struct actor *taker,
			   const char *evidence)
{
	static const char *const names[WAITERS] = {"wants-1", "wants-2"};

	s->expect.rule = "semaphore-exhausted";
	for (int i = 0; i < WAITERS; i++) {
		struct actor *a = stage_child(s, names[i], want, p);

		stage_until_in(s, a, SYS_semtimedop, NULL);
		expect_role(s, a, "waiting");
		expect_hold(s, "sysvsem", a, taker, evidence);
	}
}

static void set_exhausted(struct stage *s)
{
	struct plot *p = set_up(s, 1);
	struct actor *taker = stage_child(s, "taker", take_and_sleep, p);

	await_taken(p);
	stage_until_in(s, taker, SYS_clock_nanosleep, NULL);
	expect_waiters(s, p, taker, "inferred|tracked");
	expect_role(s, taker, "root");
	stage_bystanders(s);
	s->expect.certainty = "likely|possible";
	s->expect.note = "\"root_doing\":\"sleep\"";
	s->expect.only_exact_of = true;
}

/* As a lock, which the kernel gives back if its holder dies; so it knows who that is. */
static void set_undo(struct stage *s)
{
	struct plot *p = set_up(s, 1);
	struct actor *taker;

	p->flags = SEM_UNDO;
	taker = stage_child(s, "taker", take_and_sleep, p);
	await_taken(p);
	stage_until_in(s, taker, SYS_clock_nanosleep, NULL);
	expect_waiters(s, p, taker, "exact");
	expect_role(s, taker, "root");
	s->expect.note = "\"evidence_by\":{\"proc\":\"inferred\"},\"ways_differ\":true,"
			 "\"root_doing\":\"sleep\"";
}

static void set_gone(struct stage *s)
{
	struct plot *p = set_up(s, 1);
	struct actor *taker = stage_child(s, "taker", take_and_end, p);

	await_taken(p);
	waitpid(taker->pid, NULL, 0);
	stage_until_gone(s, taker);
	expect_waiters(s, p, taker, "inferred");
	s->expect.note = "\"holder_gone\":true";
}

static void take_and_lock(struct actor *a)
{
	struct plot *p = a->prop;

	add(p->set, -1);
	p->taken = true;
	actor_waits(a);
	pthread_mutex_lock(&p->mutex);
	park();
}

static void lock_and_want(struct actor *a)
{
	struct plot *p = a->prop;

	pthread_mutex_lock(&p->mutex);
	await_taken(p);
	want(a);
}

static void set_cycle(struct stage *s)
{
	struct plot *p = set_up(s, 1);
	struct actor *locker, *taker;

	init_mutex(&p->mutex, PTHREAD_MUTEX_NORMAL, true);
	locker = stage_child(s, "locker", lock_and_want, p);
	while (p->mutex.__data.__owner != locker->tid)
		sched_yield();
	taker = stage_child(s, "taker", take_and_lock, p);
	stage_until_in(s, taker, SYS_futex, NULL);
	stage_until_in(s, locker, SYS_semtimedop, NULL);
	s->expect.rule = "deadlock";
	expect_role(s, locker, "cycle");
	expect_role(s, taker, "cycle");
	expect_hold(s, "sysvsem", locker, taker, "inferred|tracked");
	expect_hold(s, "mutex", taker, locker, "exact");
}

/* Between set and begin. */
static struct {
	struct plot *plot;
	struct actor *taker, *waiter;
	_Atomic bool go;
} late;

static void take_late(struct actor *a)
{
	while (!late.go)
		sleep_ns(1000000);
	take_and_sleep(a);
}

static void want_late(struct actor *a)
{
	while (!late.plot->taken)
		sleep_ns(1000000);
	want(a);
}

/* A thread of many: only who saw it take the unit can tell it from the others. */
static void set_late(struct stage *s)
{
	late.plot = set_up(s, 1);
	late.taker = stage_thread(s, "taker", take_late, late.plot);
	late.waiter = stage_thread(s, "wants", want_late, late.plot);
	stage_bystanders(s);
	s->expect.rule = "semaphore-exhausted";
	expect_role(s, late.taker, "root");
	expect_role(s, late.waiter, "waiting");
	expect_hold(s, "sysvsem", late.waiter, late.taker, "tracked");
	s->expect.note = "\"only_by_hooks\":\"any thread of the process may have taken it\"";
}

static void begin_late(struct stage *s)
{
	late.go = true;
	stage_until_in(s, late.waiter, SYS_semtimedop, NULL);
}

static int contested;

static void contest_take(struct contest *c)
{
	(void)c;
	add(contested, -1);
}

static void contest_give(struct contest *c)
{
	(void)c;
	add(contested, 1);
}

static void set_ok(struct stage *s)
{
	struct contest *c = contest_new(s, WAITERS, PTHREAD_MUTEX_NORMAL, true);

	contested = set_up(s, 1)->set;
	c->take = contest_take;
	c->give = contest_give;
	stage_child(s, "holds", contest_hold, c);
	stage_child(s, "wants-1", contest_want, c);
	stage_child(s, "wants-2", contest_want, c);
	stage_bystanders(s);
}

static void take_and_idle(struct actor *a)
{
	struct plot *p = a->prop;
	struct epoll_event e;
	int ep = epoll_create1(EPOLL_CLOEXEC);

	add(p->set, -1);
	p->taken = true;
	for (;;)
		epoll_wait(ep, &e, 1, -1);
}

static void take_and_work(struct actor *a)
{
	struct plot *p = a->prop;

	add(p->set, -1);
	p->taken = true;
	while (!a->stage->over)
		sleep_ns(20000000);
}

static void take_all(struct actor *a)
{
	struct plot *p = a->prop;

	for (;;) {
		add(p->set, -1);
		p->taken = true;
	}
}

/* Three pools; in each, the last that took something is not to blame that there is no more. */
static void set_pool_ok(struct stage *s)
{
	static void (*const plays[])(struct actor *) = {take_and_idle, take_and_work, take_all};
	static const char *const names[] = {"idles", "works", "takes-all"};

	for (int i = 0; i < 3; i++) {
		struct plot *p = set_up(s, 1);
		struct actor *a = stage_child(s, names[i], plays[i], p);

		await_taken(p);
		expect_never(s, a);
		for (int k = 0; k < WAITERS; k++) {
			a = stage_child(s, "waits", want, p);
			stage_until_in(s, a, SYS_semtimedop, NULL);
			expect_never(s, a);
		}
	}
	s->expect.note = "\"never_blocked\":true";
}

SCENE(sem_exhausted) = {
	.name = "sem-exhausted",
	.what = "a process took the last unit of a SysV semaphore, and sleeps",
	.set = set_exhausted,
};

SCENE(sem_undo) = {
	.name = "sem-undo",
	.what = "a process has a SysV semaphore as a lock, with SEM_UNDO, and sleeps",
	.set = set_undo,
};

SCENE(sem_exhausted_gone) = {
	.name = "sem-exhausted-gone",
	.what = "a process took the last unit of a SysV semaphore, and has ended",
	.set = set_gone,
};

SCENE(sem_cycle) = {
	.name = "sem-cycle",
	.what = "one has a mutex and wants a semaphore, the other has that and wants the mutex",
	.set = set_cycle,
};

SCENE(sem_late) = {
	.name = "sem-late",
	.what = "one thread of many takes the last unit of a SysV semaphore, and sleeps",
	.set = set_late,
	.begin = begin_late,
};

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
