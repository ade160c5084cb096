// SPDX-License-Identifier: GPL-2.0
/*
 * A program that blocks one thread in the named function of libc, for good:
 * "victim_sites CASE" prints the thread's id and waits for the end of its
 * input. "victim_sites --list" prints each case and the function it is in.
 */
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <linux/futex.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t mutex;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t barrier;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_t main_thread;
static mtx_t c11_mutex;
static sem_t sem;
static FILE *file;
static char *volatile text = "a line";
static void *volatile memory;
static int word = 2;
static volatile bool ready, started;

static struct timespec late(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	t.tv_sec += 3600;
	return t;
}

static void take_mutex(int type, int robust, int pshared, int protocol)
{
	pthread_mutexattr_t a;

	pthread_mutexattr_init(&a);
	pthread_mutexattr_settype(&a, type);
	pthread_mutexattr_setrobust(&a, robust);
	pthread_mutexattr_setpshared(&a, pshared);
	if (pthread_mutexattr_setprotocol(&a, protocol) || pthread_mutex_init(&mutex, &a) ||
	    pthread_mutex_lock(&mutex))
		exit(77);
}

static void take_normal(void)
{
	take_mutex(PTHREAD_MUTEX_NORMAL, 0, 0, 0);
}

static void take_recursive(void)
{
	take_mutex(PTHREAD_MUTEX_RECURSIVE, 0, 0, 0);
}

static void take_errorcheck(void)
{
	take_mutex(PTHREAD_MUTEX_ERRORCHECK, 0, 0, 0);
}

static void take_adaptive(void)
{
	take_mutex(PTHREAD_MUTEX_ADAPTIVE_NP, 0, 0, 0);
}

static void take_robust(void)
{
	take_mutex(PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ROBUST, 0, 0);
}

static void take_pshared(void)
{
	take_mutex(PTHREAD_MUTEX_NORMAL, 0, PTHREAD_PROCESS_SHARED, 0);
}

static void take_robust_pshared(void)
{
	take_mutex(PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ROBUST, PTHREAD_PROCESS_SHARED, 0);
}

static void take_inherit(void)
{
	take_mutex(PTHREAD_MUTEX_NORMAL, 0, 0, PTHREAD_PRIO_INHERIT);
}

static void lock(void)
{
	pthread_mutex_lock(&mutex);
}

static void timedlock(void)
{
	struct timespec t = late(CLOCK_REALTIME);

	pthread_mutex_timedlock(&mutex, &t);
}

static void clocklock(void)
{
	struct timespec t = late(CLOCK_MONOTONIC);

	pthread_mutex_clocklock(&mutex, CLOCK_MONOTONIC, &t);
}

static void park(void)
{
	pthread_mutex_lock(&mutex);
	pthread_cond_wait(&cond, &mutex);
}

static void timed_park(void)
{
	struct timespec t = late(CLOCK_REALTIME);

	pthread_mutex_lock(&mutex);
	pthread_cond_timedwait(&cond, &mutex, &t);
}

/* Parked, woken, and then the mutex is taken: main does that once `ready` is set. */
static void reacquire(void)
{
	pthread_mutex_lock(&mutex);
	ready = true;
	pthread_cond_wait(&cond, &mutex);
}

static void init_normal(void)
{
	take_normal();
	pthread_mutex_unlock(&mutex);
}

static void init_robust(void)
{
	take_robust();
	pthread_mutex_unlock(&mutex);
}

static void wake_and_hold(void)
{
	while (!ready)
		usleep(1000);
	pthread_mutex_lock(&mutex);
	pthread_cond_signal(&cond);
}

static void take_write(void)
{
	pthread_rwlock_wrlock(&rwlock);
}

static void take_read(void)
{
	pthread_rwlock_rdlock(&rwlock);
}

static void rdlock(void)
{
	pthread_rwlock_rdlock(&rwlock);
}

static void wrlock(void)
{
	pthread_rwlock_wrlock(&rwlock);
}

static void timedrdlock(void)
{
	struct timespec t = late(CLOCK_REALTIME);

	pthread_rwlock_timedrdlock(&rwlock, &t);
}

static void timedwrlock(void)
{
	struct timespec t = late(CLOCK_REALTIME);

	pthread_rwlock_timedwrlock(&rwlock, &t);
}

static void init_sem(void)
{
	sem_init(&sem, 0, 0);
}

static void wait_sem(void)
{
	sem_wait(&sem);
}

static void timedwait_sem(void)
{
	struct timespec t = late(CLOCK_REALTIME);

	sem_timedwait(&sem, &t);
}

static void init_barrier(void)
{
	pthread_barrier_init(&barrier, NULL, 2);
}

static void wait_barrier(void)
{
	pthread_barrier_wait(&barrier);
}

static void join(void)
{
	pthread_join(main_thread, NULL);
}

static void never_ends(void)
{
	for (;;)
		pause();
}

static void *in_once(void *arg)
{
	(void)arg;
	ready = true;
	pthread_once(&once, never_ends);
	return NULL;
}

static void begin_once(void)
{
	pthread_t t;

	pthread_create(&t, NULL, in_once, NULL);
	while (!ready || once == PTHREAD_ONCE_INIT)
		usleep(1000);
}

static void wait_once(void)
{
	pthread_once(&once, never_ends);
}

/* An own lock, from a callback of a library function: not a wait in pthread_once. */
static void own_lock(void)
{
	register long nr __asm__("rax") = SYS_futex;
	register long timeout __asm__("r10") = 0;

	__asm__ volatile("syscall"
			 : "+r"(nr)
			 : "D"(&word), "S"(FUTEX_WAIT_PRIVATE), "d"(2L), "r"(timeout)
			 : "rcx", "r11", "memory");
}

static void own_lock_in_once(void)
{
	pthread_once(&once, own_lock);
}

static void own_lock_by_syscall(void)
{
	syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 2, NULL);
}

static void hold_file(void)
{
	file = tmpfile();
	flockfile(file);
}

static void lock_file(void)
{
	flockfile(file);
}

static void put_file(void)
{
	fputs(text, file);
}

static void print_file(void)
{
	fprintf(file, "%d", 1);
}

static void hold_stdout(void)
{
	flockfile(stdout);
}

static void put_stdout(void)
{
	puts("x");
}

static void init_c11(void)
{
	mtx_init(&c11_mutex, mtx_plain);
	mtx_lock(&c11_mutex);
}

static void lock_c11(void)
{
	mtx_lock(&c11_mutex);
}

static void one_arena(void)
{
	if (mallopt(M_ARENA_MAX, 1) != 1)
		exit(77);
}

static void *print_stats(void *arg)
{
	*(volatile pid_t *)arg = gettid();
	malloc_stats(); /* holds each arena's lock while it prints */
	return NULL;
}

/* A thread prints into a full pipe; nothing here may allocate from then on. */
static void hold_arena(void)
{
	static volatile pid_t tid;
	char path[64], nr[2];
	int pipes[2];
	pthread_t t;

	while (!started) /* it has printed its id */
		usleep(1000);
	if (pipe2(pipes, O_NONBLOCK))
		exit(77);
	while (write(pipes[1], path, sizeof(path)) > 0)
		;
	fcntl(pipes[1], F_SETFL, 0);
	dup2(pipes[1], STDERR_FILENO);
	pthread_create(&t, NULL, print_stats, (void *)&tid);
	while (!tid)
		usleep(1000);
	snprintf(path, sizeof(path), "/proc/self/task/%d/syscall", (int)tid);
	do { /* until it is in write(), which is number 1 */
		int fd = open(path, O_RDONLY);

		usleep(1000);
		if (fd < 0 || read(fd, nr, 2) != 2)
			exit(77);
		close(fd);
	} while (memcmp(nr, "1 ", 2) != 0);
	ready = true;
}

static void allocate(void)
{
	started = true;
	while (!ready)
		usleep(1000);
	memory = malloc(20000);
}

static void nothing(void)
{
}

static const struct site_case {
	const char *name;
	const char *function; /* what covers it; "-": none may be found */
	void (*prepare)(void);
	void (*block)(void);
	void (*after)(void);
} cases[] = {
	{"mutex-normal", "pthread_mutex_lock", take_normal, lock, nothing},
	{"mutex-recursive", "pthread_mutex_lock", take_recursive, lock, nothing},
	{"mutex-errorcheck", "pthread_mutex_lock", take_errorcheck, lock, nothing},
	{"mutex-adaptive", "pthread_mutex_lock", take_adaptive, lock, nothing},
	{"mutex-robust", "pthread_mutex_lock", take_robust, lock, nothing},
	{"mutex-pshared", "pthread_mutex_lock", take_pshared, lock, nothing},
	{"mutex-robust-pshared", "pthread_mutex_lock", take_robust_pshared, lock, nothing},
	{"mutex-prio-inherit", "pthread_mutex_lock", take_inherit, lock, nothing},
	{"mutex-timedlock", "pthread_mutex_timedlock", take_normal, timedlock, nothing},
	{"mutex-robust-timedlock", "pthread_mutex_timedlock", take_robust, timedlock, nothing},
	{"mutex-clocklock", "pthread_mutex_clocklock", take_normal, clocklock, nothing},
	{"c11-mutex", "pthread_mutex_lock", init_c11, lock_c11, nothing},
	{"cond-parked", "pthread_cond_wait", init_normal, park, nothing},
	{"cond-timed-parked", "pthread_cond_timedwait", init_normal, timed_park, nothing},
	{"cond-reacquires", "pthread_cond_wait", init_normal, reacquire, wake_and_hold},
	{"cond-reacquires-robust", "pthread_cond_wait", init_robust, reacquire, wake_and_hold},
	{"rwlock-rdlock", "pthread_rwlock_rdlock", take_write, rdlock, nothing},
	{"rwlock-wrlock", "pthread_rwlock_wrlock", take_write, wrlock, nothing},
	{"rwlock-wrlock-behind-reader", "pthread_rwlock_wrlock", take_read, wrlock, nothing},
	{"rwlock-timedrdlock", "pthread_rwlock_timedrdlock", take_write, timedrdlock, nothing},
	{"rwlock-timedwrlock", "pthread_rwlock_timedwrlock", take_write, timedwrlock, nothing},
	{"sem-wait", "sem_wait", init_sem, wait_sem, nothing},
	{"sem-timedwait", "sem_timedwait", init_sem, timedwait_sem, nothing},
	{"barrier", "pthread_barrier_wait", init_barrier, wait_barrier, nothing},
	{"join", "pthread_join", nothing, join, nothing},
	{"once", "pthread_once", begin_once, wait_once, nothing},
	{"malloc-arena", "malloc", one_arena, allocate, hold_arena},
	{"own-lock", "-", nothing, own_lock, nothing},
	{"own-lock-in-once", "-", nothing, own_lock_in_once, nothing},
	{"own-lock-by-syscall", "syscall", nothing, own_lock_by_syscall, nothing},
	{"file-flockfile", "flockfile", hold_file, lock_file, nothing},
	{"file-fputs", "fputs", hold_file, put_file, nothing},
	{"file-fprintf", "fprintf", hold_file, print_file, nothing},
	{"file-puts", "puts", hold_stdout, put_stdout, nothing},
};

static void *run(void *arg)
{
	const struct site_case *c = arg;

	dprintf(STDOUT_FILENO, "%d\n", (int)gettid());
	c->block();
	return NULL;
}

int main(int argc, char **argv)
{
	const size_t n = sizeof(cases) / sizeof(cases[0]);
	pthread_t t;
	char c;

	main_thread = pthread_self();
	for (size_t i = 0; argc == 2 && i < n; i++) {
		if (!strcmp(argv[1], "--list"))
			printf("%s %s\n", cases[i].name, cases[i].function);
		if (strcmp(argv[1], cases[i].name) != 0)
			continue;
		cases[i].prepare();
		if (pthread_create(&t, NULL, run, (void *)&cases[i]))
			return 77;
		cases[i].after();
		while (read(STDIN_FILENO, &c, 1) > 0)
			;
		_exit(0);
	}
	return argc == 2 && !strcmp(argv[1], "--list") ? 0 : 2;
}
