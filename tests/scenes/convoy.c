// SPDX-License-Identifier: GPL-2.0
/*
 * A convoy: a long queue for one lock that goes from hand to hand, each of which
 * has it for a short while. Nothing is stuck, and yet each waits for long. The
 * twin's queue is short.
 */
#include "scene.h"

#include <stdio.h>
#include <sys/syscall.h>

#define QUEUE	48
#define SHORT	8
#define HOLD_NS 50000000

static void queue(struct actor *a)
{
	pthread_mutex_t *lock = a->prop;

	for (;;) {
		uint64_t start = now_ns();

		pthread_mutex_lock(lock);
		stage_log(a->stage, a->tid, lock, start, now_ns());
		sleep_ns(HOLD_NS);
		pthread_mutex_unlock(lock);
		sleep_ns(1000000);
		if (a->stage->over)
			return;
	}
}

static void set_queue(struct stage *s, int n)
{
	pthread_mutex_t *lock = stage_prop(sizeof(*lock));
	char name[16];

	init_mutex(lock, PTHREAD_MUTEX_NORMAL, false);
	for (int i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "queues-%d", i);
		stage_thread(s, name, queue, lock);
	}
}

static void set_convoy(struct stage *s)
{
	set_queue(s, QUEUE);
	s->expect.rule = "convoy";
	s->expect.certainty = "likely|possible";
	s->expect.note = "\"says\":\"contention\",\"some_roles\":true,\"not_emulated\":true";
	for (int i = 0; i < QUEUE; i++)
		expect_role(s, &s->actors[i], "waiting|root|holder");
}

static void set_ok(struct stage *s)
{
	set_queue(s, SHORT);
	s->expect.note = "\"never_blocked\":true";
}

SCENE(convoy) = {
	.name = "convoy",
	.what = "48 threads queue for a lock that each has for 50 ms",
	.set = set_convoy,
};

SCENE(convoy_ok) = {
	.name = "convoy-ok",
	.what = "8 threads queue for a lock that each has for 50 ms",
	.set = set_ok,
	.healthy = true,
};
