// SPDX-License-Identifier: GPL-2.0
/*
 * A SysV semaphore has no unit left: its taker sleeps, or has ended without
 * giving it back. The twins are in sysvsem_ok.c.
 */
#include "sysvsem.h"

#include <errno.h>
#include <string.h>
#include <sys/sem.h>
#include <sys/syscall.h>
#include <sys/wait.h>

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

void sem_add(int set, int n)
{
	add_with(set, n, 0);
}

void sem_want(struct actor *a)
{
	struct sem_plot *p = a->prop;

	actor_waits(a);
	add_with(p->set, -1, p->flags);
	park();
}

static void take_and_sleep(struct actor *a)
{
	struct sem_plot *p = a->prop;

	add_with(p->set, -1, p->flags);
	p->taken = true;
	park();
}

static void take_and_end(struct actor *a)
{
	struct sem_plot *p = a->prop;

	sem_add(p->set, -1);
	p->taken = true;
}

struct sem_plot *sem_set_up(struct stage *s, int value)
{
	struct sem_plot *p = stage_shared_prop(s, sizeof(*p));

	if (!s->n_semids)
		stage_janitor(s);
	p->set = make_set(s, value);
	return p;
}

void sem_await_taken(const struct sem_plot *p)
{
	while (!p->taken)
		sched_yield();
}

static void expect_waiters(struct stage *s, struct sem_plot *p, struct actor *taker,
			   const char *evidence)
{
	static const char *const names[SEM_WAITERS] = {"wants-1", "wants-2"};

	s->expect.rule = "semaphore-exhausted";
	for (int i = 0; i < SEM_WAITERS; i++) {
		struct actor *a = stage_child(s, names[i], sem_want, p);

		stage_until_in(s, a, SYS_semtimedop, NULL);
		expect_role(s, a, "waiting");
		expect_hold(s, "sysvsem", a, taker, evidence);
	}
}

static void set_exhausted(struct stage *s)
{
	struct sem_plot *p = sem_set_up(s, 1);
	struct actor *taker = stage_child(s, "taker", take_and_sleep, p);

	sem_await_taken(p);
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
	struct sem_plot *p = sem_set_up(s, 1);
	struct actor *taker;

	p->flags = SEM_UNDO;
	taker = stage_child(s, "taker", take_and_sleep, p);
	sem_await_taken(p);
	stage_until_in(s, taker, SYS_clock_nanosleep, NULL);
	expect_waiters(s, p, taker, "exact");
	expect_role(s, taker, "root");
	s->expect.note = "\"evidence_by\":{\"proc\":\"inferred\"},\"ways_differ\":true,"
			 "\"root_doing\":\"sleep\"";
}

static void set_gone(struct stage *s)
{
	struct sem_plot *p = sem_set_up(s, 1);
	struct actor *taker = stage_child(s, "taker", take_and_end, p);

	sem_await_taken(p);
	waitpid(taker->pid, NULL, 0);
	stage_until_gone(s, taker);
	expect_waiters(s, p, taker, "inferred");
	s->expect.note = "\"holder_gone\":true";
}

/* Between set and begin. */
static struct {
	struct sem_plot *plot;
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
	sem_want(a);
}

/* A thread of many: only who saw it take the unit can tell it from the others. */
static void set_late(struct stage *s)
{
	late.plot = sem_set_up(s, 1);
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

SCENE(sem_late) = {
	.name = "sem-late",
	.what = "one thread of many takes the last unit of a SysV semaphore, and sleeps",
	.set = set_late,
	.begin = begin_late,
};
