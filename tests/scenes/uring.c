// SPDX-License-Identifier: GPL-2.0
/*
 * A thread lives an event loop by io_uring, with a lock that others are parked on
 * for as long as nothing comes: no stall, as with epoll.
 */
#include "scene.h"

#include <errno.h>
#include <linux/io_uring.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PARKED 2

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static _Atomic bool have_lock;

static void wait_for_completions(struct actor *a)
{
	struct io_uring_params params = {0};
	int ring = (int)syscall(SYS_io_uring_setup, 4, &params);

	(void)a;
	if (ring < 0) {
		printf("skip: no io_uring: %s\n", strerror(errno));
		fflush(stdout);
		_exit(77);
	}
	pthread_mutex_lock(&lock);
	have_lock = true;
	for (;;)
		syscall(SYS_io_uring_enter, ring, 0, 1, IORING_ENTER_GETEVENTS, NULL, 0);
}

static void be_parked(struct actor *a)
{
	(void)a;
	pthread_mutex_lock(&lock);
	park();
}

static void set(struct stage *s)
{
	struct actor *loop = stage_thread(s, "loop", wait_for_completions, NULL), *a;
	char name[16];

	while (!have_lock)
		sleep_ns(1000000);
	expect_never(s, loop);
	for (int i = 0; i < PARKED; i++) {
		snprintf(name, sizeof(name), "parked-%d", i);
		a = stage_thread(s, name, be_parked, NULL);
		stage_until_in(s, a, SYS_futex, &lock);
		expect_never(s, a);
	}
	stage_until_in(s, loop, SYS_io_uring_enter, NULL);
	s->expect.note = "\"never_blocked\":true";
}

SCENE(uring_ok) = {
	.name = "uring-ok",
	.what = "threads are parked on a lock that an event loop by io_uring keeps",
	.set = set,
	.healthy = true,
};
