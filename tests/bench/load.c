// SPDX-License-Identifier: GPL-2.0
/*
 * The loads of `make bench`: reads their names from standard input, one a line, and
 * prints for each "NAME NANOSECONDS": the median over batches of what one turn took.
 * A batch that a tick of the tracer falls into does not move the median: what the
 * tracer itself uses is measured apart. "load NAME TURNS COMMAND..." times a command that
 * plays so many turns instead. All on one processor, so that two threads that
 * wake each other really sleep, and so that QEMU's -icount counts every instruction.
 */
#include "load.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BATCHES 7
#define CROWD	8
#define LOCKS	4

static double since_ns(const struct timespec *before)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - before->tv_sec) * 1e9 +
	       (double)(now.tv_nsec - before->tv_nsec);
}

static void run_mutex(int turns)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

	while (turns--) {
		pthread_mutex_lock(&lock);
		pthread_mutex_unlock(&lock);
	}
}

static void run_getppid(int turns)
{
	while (turns--)
		syscall(SYS_getppid);
}

/* Two threads that take turns: per turn two waits and two wakes. */
struct table {
	_Atomic int turn;
	int turns;
};

static void pass_on(struct table *t, int me)
{
	t->turn = !me;
	syscall(SYS_futex, &t->turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void await(struct table *t, int me)
{
	while (t->turn != me)
		syscall(SYS_futex, &t->turn, FUTEX_WAIT_PRIVATE, !me, NULL, NULL, 0);
}

static void *opposite(void *arg)
{
	struct table *t = arg;

	for (int i = 0; i < t->turns; i++) {
		await(t, 1);
		pass_on(t, 1);
	}
	return NULL;
}

static void run_futex(int turns)
{
	struct table t = {.turns = turns};
	pthread_t thread;

	if (pthread_create(&thread, NULL, opposite, &t))
		exit(1);
	for (int i = 0; i < turns; i++) {
		pass_on(&t, 0);
		await(&t, 0);
	}
	pthread_join(thread, NULL);
}

/* Two queues, there and back. */
struct post {
	int there, back, turns;
};

struct letter {
	long type;
	char text[8];
};

static void *correspondent(void *arg)
{
	struct post *p = arg;
	struct letter letter;

	for (int i = 0; i < p->turns; i++) {
		if (msgrcv(p->there, &letter, sizeof(letter.text), 0, 0) < 0 ||
		    msgsnd(p->back, &letter, sizeof(letter.text), 0))
			exit(1);
	}
	return NULL;
}

static void run_msg(int turns)
{
	struct post p = {.turns = turns};
	struct letter letter = {.type = 1};
	pthread_t thread;

	p.there = msgget(IPC_PRIVATE, 0600);
	p.back = msgget(IPC_PRIVATE, 0600);
	if (p.there < 0 || p.back < 0 || pthread_create(&thread, NULL, correspondent, &p))
		exit(1);
	for (int i = 0; i < turns; i++) {
		if (msgsnd(p.there, &letter, sizeof(letter.text), 0) ||
		    msgrcv(p.back, &letter, sizeof(letter.text), 0, 0) < 0)
			exit(1);
	}
	pthread_join(thread, NULL);
	msgctl(p.there, IPC_RMID, NULL);
	msgctl(p.back, IPC_RMID, NULL);
}

/* Eight threads on four mutexes; whoever has one lets the others run into it. */
struct crowd {
	pthread_mutex_t locks[LOCKS];
	int turns;
	_Atomic int next;
};

static void *member(void *arg)
{
	struct crowd *c = arg;
	int me = c->next++;

	for (int i = 0; i < c->turns; i++) {
		pthread_mutex_t *lock = &c->locks[(me + i) % LOCKS];

		pthread_mutex_lock(lock);
		sched_yield();
		pthread_mutex_unlock(lock);
	}
	return NULL;
}

static void run_crowd(int turns)
{
	struct crowd c = {.turns = turns / CROWD};
	pthread_t threads[CROWD];

	for (int i = 0; i < LOCKS; i++)
		pthread_mutex_init(&c.locks[i], NULL);
	for (int i = 0; i < CROWD; i++) {
		if (pthread_create(&threads[i], NULL, member, &c))
			exit(1);
	}
	for (int i = 0; i < CROWD; i++)
		pthread_join(threads[i], NULL);
}

static const struct load {
	const char *name;
	void (*run)(int turns);
	int turns; /* of a batch: a few milliseconds, so that most have no tick in them */
} loads[] = {
	{"mutex", run_mutex, 2000}, {"futex", run_futex, 400},	    {"crowd", run_crowd, 800},
	{"msg", run_msg, 400},	    {"getppid", run_getppid, 2000}, {"sem", run_sem, 400},
	{"tcp", run_tcp, 100},	    {"child", run_child, 20},
};

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median_ns(const struct load *load)
{
	double batch[BATCHES];

	load->run(load->turns);
	for (int i = 0; i < BATCHES; i++) {
		struct timespec before;

		clock_gettime(CLOCK_MONOTONIC, &before);
		load->run(load->turns);
		batch[i] = since_ns(&before) / load->turns;
	}
	qsort(batch, BATCHES, sizeof(*batch), by_size);
	return batch[BATCHES / 2];
}

static int time_command(const char *name, double turns, char **command)
{
	struct timespec before;
	int status;
	pid_t child;

	clock_gettime(CLOCK_MONOTONIC, &before);
	child = fork();
	if (child == 0) {
		execvp(command[0], command);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || status)
		return 1;
	printf("%s %.1f\n", name, since_ns(&before) / turns);
	return 0;
}

int main(int argc, char **argv)
{
	char name[64];
	cpu_set_t one;

	if (argc > 3)
		return time_command(argv[1], atof(argv[2]), argv + 3);
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	sched_setaffinity(0, sizeof(one), &one);
	/* No ping-pong is one-threaded: nor shall the mutex be, whose locks cost less then. */
	run_futex(1);
	while (fgets(name, sizeof(name), stdin)) {
		name[strcspn(name, "\n")] = '\0';
		for (size_t i = 0; i < sizeof(loads) / sizeof(*loads); i++) {
			if (strcmp(loads[i].name, name) == 0)
				printf("%s %.1f\n", name, median_ns(&loads[i]));
		}
		fflush(stdout);
	}
	return 0;
}
