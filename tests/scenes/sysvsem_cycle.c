// SPDX-License-Identifier: GPL-2.0
/* Cycles through a SysV semaphore and a lock of another kind: a mutex, a file's. */
#include "sysvsem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

static void take_and_lock(struct actor *a)
{
	struct sem_plot *p = a->prop;

	sem_add(p->set, -1);
	p->taken = true;
	actor_waits(a);
	pthread_mutex_lock(&p->mutex);
	park();
}

static void lock_and_want(struct actor *a)
{
	struct sem_plot *p = a->prop;

	pthread_mutex_lock(&p->mutex);
	sem_await_taken(p);
	sem_want(a);
}

static void set_cycle(struct stage *s)
{
	struct sem_plot *p = sem_set_up(s, 1);
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

static int open_file(struct stage *s)
{
	int fd = open(s->file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		die("no file %s: %s", s->file, strerror(errno));
	return fd;
}

static void take_and_flock(struct actor *a)
{
	struct sem_plot *p = a->prop;
	int fd = open_file(a->stage);

	while (!p->locked)
		sched_yield();
	sem_add(p->set, -1);
	p->taken = true;
	actor_waits(a);
	flock(fd, LOCK_EX);
	park();
}

static void flock_and_want(struct actor *a)
{
	struct sem_plot *p = a->prop;

	flock(open_file(a->stage), LOCK_EX);
	p->locked = true;
	sem_await_taken(p);
	sem_want(a);
}

/* Two kinds of lock that have nothing to do with each other. */
static void set_flock_cycle(struct stage *s)
{
	struct sem_plot *p = sem_set_up(s, 1);
	struct actor *locker, *taker;

	snprintf(s->file, sizeof(s->file), "/tmp/locktrace-scene-%d.lock", getpid());
	locker = stage_child(s, "locker", flock_and_want, p);
	taker = stage_child(s, "taker", take_and_flock, p);
	stage_until_in(s, taker, SYS_flock, NULL);
	stage_until_in(s, locker, SYS_semtimedop, NULL);
	s->expect.rule = "deadlock";
	expect_role(s, locker, "cycle");
	expect_role(s, taker, "cycle");
	expect_hold(s, "sysvsem", locker, taker, "inferred|tracked");
	expect_hold(s, "flock", taker, locker, "exact");
}

SCENE(sem_cycle) = {
	.name = "sem-cycle",
	.what = "one has a mutex and wants a semaphore, the other has that and wants the mutex",
	.set = set_cycle,
};

SCENE(sem_flock_cycle) = {
	.name = "sem-flock-cycle",
	.what = "one has a file lock and wants a semaphore, the other has that and wants the file",
	.set = set_flock_cycle,
};
