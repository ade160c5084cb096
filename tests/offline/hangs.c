// SPDX-License-Identifier: GPL-2.0
/* Two threads that take two locks in opposite order, by a library: a deadlock. */
#include <pthread.h>

int taker_take(pthread_mutex_t *lock);

static pthread_mutex_t locks[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static pthread_barrier_t both;

static __attribute__((noinline)) int take_other(int which)
{
	int err = taker_take(&locks[!which]); /* mark: take_other */

	__asm__ volatile("" : "+r"(err));
	return err;
}

static inline __attribute__((always_inline)) int step(int which)
{
	int err = take_other(which); /* mark: step */

	__asm__ volatile("" : "+r"(err));
	return err;
}

static void *worker(void *arg)
{
	int which = *(int *)arg, err;

	pthread_mutex_lock(&locks[which]);
	pthread_barrier_wait(&both);
	err = step(which); /* mark: worker */
	__asm__ volatile("" : "+r"(err));
	return NULL;
}

int main(void)
{
	int numbers[2] = {0, 1};
	pthread_t threads[2];

	pthread_barrier_init(&both, NULL, 2);
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, worker, &numbers[i]);
	pthread_join(threads[0], NULL); /* mark: main */
	return 0;
}
