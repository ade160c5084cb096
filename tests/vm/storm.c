// SPDX-License-Identifier: GPL-2.0
/* A load that hooks on futexes are dear under: two threads wake each other without end. */
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

static _Atomic int turn;

static void *play(void *arg)
{
	int me = (int)(intptr_t)arg;

	for (;;) {
		while (turn != me)
			syscall(SYS_futex, &turn, FUTEX_WAIT_PRIVATE, !me, NULL, NULL, 0);
		turn = !me;
		syscall(SYS_futex, &turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	}
	return NULL;
}

int main(void)
{
	pthread_t other;

	if (pthread_create(&other, NULL, play, (void *)(intptr_t)1) == 0)
		play(NULL);
	return 1;
}
