// SPDX-License-Identifier: GPL-2.0
/*
 * Built with each C library. Takes locks, a step for each line of input, and says where they
 * are: "PID LOCK MUTEX TEXT END".
 */
#include <pthread.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

extern const char __executable_start[], etext[];

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;

static int next_step(void)
{
	char line[16];

	printf(".\n");
	fflush(stdout);
	return fgets(line, sizeof(line), stdin) != NULL;
}

int main(void)
{
	struct timespec soon;
	pthread_mutexattr_t a;
	pthread_mutex_t mutex;

	pthread_mutexattr_init(&a);
	pthread_mutexattr_settype(&a, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&mutex, &a);
	printf("%d %p %p %p %p\n", (int)getpid(), (void *)&lock, (void *)&mutex,
	       (const void *)__executable_start, (const void *)etext);
	if (!next_step())
		return 1;
	pthread_rwlock_rdlock(&lock);
	pthread_rwlock_unlock(&lock);
	pthread_rwlock_rdlock(&lock);
	clock_gettime(CLOCK_REALTIME, &soon);
	soon.tv_sec++;
	pthread_mutex_timedlock(&mutex, &soon);
	if (!next_step())
		return 1;
	pthread_rwlock_unlock(&lock);
	return !next_step();
}
