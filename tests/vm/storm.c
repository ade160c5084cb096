// SPDX-License-Identifier: GPL-2.0
/* A load that hooks on futexes are dear under: two threads wake each other without end. */
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

static _Atomic int turn;

static void *play(void *arg)
{
	const int me = *(const int *)arg;

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
	int numbers[] = {0, 1};
	pthread_t other;

	if (pthread_create(&other, NULL, play, &numbers[1]) == 0)
		play(&numbers[0]);
	return 1;
}
