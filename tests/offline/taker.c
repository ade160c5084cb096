// SPDX-License-Identifier: GPL-2.0
/* A library in whose inside a program hangs: "lines" are looked for by their marks. */
#include <pthread.h>

int taker_take(pthread_mutex_t *lock);

static __attribute__((noinline)) int deep(pthread_mutex_t *lock)
{
	int err = pthread_mutex_lock(lock); /* mark: deep */

	__asm__ volatile("" : "+r"(err));
	return err;
}

int taker_take(pthread_mutex_t *lock)
{
	int err = deep(lock); /* mark: taker_take */

	__asm__ volatile("" : "+r"(err));
	return err;
}
