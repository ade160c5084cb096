// SPDX-License-Identifier: GPL-2.0
/* victim_musl WHAT: prints the ids of a holder and of a thread that waits, and hangs. */
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <signal.h>
#include <unistd.h>

/* musl-gcc has no headers of the kernel. */
#define FUTEX_WAIT_PRIVATE 128

static pthread_mutex_t mutex;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_t holder_thread;
static sem_t sem;
static _Atomic int holder_tid, waiter_tid;
static const char *what;

/* As a mutex that the holder has, but with nobody's list through it. */
static struct {
	uint32_t type, lock, waiters, pad[2], count;
	void *prev, *next;
} fake = {.type = PTHREAD_MUTEX_RECURSIVE, .waiters = 1};

/* As the descriptor of the holder, but it does not begin with its own address. */
static struct {
	void *self, *before[5];
	int tid, error;
	int state;
} descriptor = {.state = 2};

static int is(const char *name)
{
	return !strcmp(what, name);
}

static int gettid_now(void)
{
	return (int)syscall(SYS_gettid);
}

static void *hold(void *arg)
{
	(void)arg;
	if (is("read"))
		pthread_rwlock_rdlock(&rwlock);
	else if (is("write"))
		pthread_rwlock_wrlock(&rwlock);
	else if (!is("cond"))
		pthread_mutex_lock(&mutex);
	holder_tid = gettid_now();
	if (is("dead"))
		return NULL;
	for (;;)
		pause();
}

/* Far enough down the stack that what a real wait left there is in this frame. */
__attribute__((noinline)) static void wait_own(int *word)
{
	char room[512];

	__asm__ volatile("" ::"r"(room) : "memory");
	syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, *word, NULL);
	__asm__ volatile("" ::"r"(room) : "memory");
}

static void wait_for_it(void)
{
	if (is("read"))
		pthread_rwlock_wrlock(&rwlock);
	else if (is("write"))
		pthread_rwlock_rdlock(&rwlock);
	else if (is("join"))
		pthread_join(holder_thread, NULL);
	else if (is("sem"))
		sem_wait(&sem);
	else if (is("cond")) {
		pthread_mutex_lock(&mutex);
		pthread_cond_wait(&cond, &mutex);
	} else if (is("fakejoin")) {
		descriptor.tid = holder_tid;
		wait_own(&descriptor.state);
	} else
		pthread_mutex_lock(&mutex);
}

static void *want(void *arg)
{
	int tid = gettid_now();

	(void)arg;
	if (is("fake")) {
		fake.lock = holder_tid | 0x80000000u;
		/* leaves what looks like a wait in it on the stack; nothing may be called between
		 */
		pthread_mutex_timedlock(&mutex, &(struct timespec){.tv_sec = 1});
		waiter_tid = tid;
		wait_own((int *)&fake.lock);
	}
	waiter_tid = tid;
	wait_for_it();
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_mutexattr_t attr;
	pthread_t t;

	what = argc > 1 ? argv[1] : "";
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pthread_mutexattr_init(&attr);
	if (is("recursive") || is("dead") || is("fake"))
		pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
	if (is("errorcheck"))
		pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
	if (is("robust"))
		pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	if (is("pi"))
		pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(&mutex, &attr);
	sem_init(&sem, 0, 0);
	pthread_create(&holder_thread, NULL, hold, NULL);
	if (is("dead"))
		pthread_join(holder_thread, NULL);
	while (!holder_tid)
		usleep(1000);
	pthread_create(&t, NULL, want, NULL);
	while (!waiter_tid)
		usleep(1000);
	printf("%d %d\n", holder_tid, waiter_tid);
	fflush(stdout);
	for (;;)
		pause();
}
