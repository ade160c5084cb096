// SPDX-License-Identifier: GPL-2.0
/*
 * A main thread keeps the locks that its I/O threads are parked on, for hours
 * and by design, while it serves events: silence. The same shape with the main
 * thread's stand-in stuck itself is a hang.
 */
#include "scene.h"

#include <stdio.h>
#include <sys/syscall.h>

#define IO_THREADS 4

static pthread_mutex_t gates[IO_THREADS];
static pthread_mutex_t inner = PTHREAD_MUTEX_INITIALIZER;

static void io_thread(struct actor *a)
{
	actor_waits(a);
	pthread_mutex_lock(a->prop);
	park();
}

static void close_gates(void)
{
	for (int i = 0; i < IO_THREADS; i++)
		pthread_mutex_lock(&gates[i]);
}

static void init_gates(void)
{
	for (int i = 0; i < IO_THREADS; i++)
		pthread_mutex_init(&gates[i], NULL);
}

static struct actor *start_io(struct stage *s, int i)
{
	struct actor *a;
	char name[16];

	snprintf(name, sizeof(name), "io-%d", i);
	a = stage_thread(s, name, io_thread, &gates[i]);
	stage_until_in(s, a, SYS_futex, &gates[i]);
	return a;
}

static void set_ok(struct stage *s)
{
	init_gates();
	close_gates();
	for (int i = 0; i < IO_THREADS; i++)
		expect_never(s, start_io(s, i));
	s->expect.note = "\"never_blocked\":true";
}

static void hold_inner(struct actor *a)
{
	(void)a;
	pthread_mutex_lock(&inner);
	park();
}

static void loop_then_hang(struct actor *a)
{
	close_gates();
	actor_waits(a);
	pthread_mutex_lock(&inner);
	park();
}

static void set_stuck(struct stage *s)
{
	struct actor *root, *loop, *io;

	init_gates();
	root = stage_thread(s, "sleeps", hold_inner, NULL);
	stage_until_in(s, root, SYS_clock_nanosleep, NULL);
	loop = stage_thread(s, "loop", loop_then_hang, NULL);
	stage_until_in(s, loop, SYS_futex, &inner);
	s->expect.rule = "slow-holder";
	expect_role(s, root, "root");
	expect_role(s, loop, "holder");
	expect_hold(s, "mutex", loop, root, "exact");
	for (int i = 0; i < IO_THREADS; i++) {
		io = start_io(s, i);
		expect_role(s, io, "waiting");
		expect_hold(s, "mutex", io, loop, "exact");
	}
}

SCENE(eventloop_ok) = {
	.name = "eventloop-ok",
	.what = "I/O threads are parked on locks that a live event loop keeps",
	.set = set_ok,
	.healthy = true,
	.tick_ms = 100,
};

SCENE(eventloop_stuck) = {
	.name = "eventloop-stuck",
	.what = "I/O threads are parked on locks of an event loop that is stuck",
	.set = set_stuck,
};
