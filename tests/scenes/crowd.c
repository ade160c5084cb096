// SPDX-License-Identifier: GPL-2.0
/*
 * Crowds: 200 parked threads (a return probe on a blocking function runs out of
 * slots here), and 64 threads that fight for 16 locks and log their own waits.
 */
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>

#define PARKED	 200
#define FIGHTERS 64
#define LOCKS	 16

static pthread_mutex_t park_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t park_cond = PTHREAD_COND_INITIALIZER;

static void parked(struct actor *a)
{
	(void)a;
	pthread_mutex_lock(&park_lock);
	for (;;)
		pthread_cond_wait(&park_cond, &park_lock);
}

static void set_parked(struct stage *s)
{
	char name[16];

	for (int i = 0; i < PARKED; i++) {
		snprintf(name, sizeof(name), "parked-%d", i);
		expect_never(s, stage_thread(s, name, parked, NULL));
	}
	for (size_t i = 0; i < s->expect.n_never; i++)
		stage_until_in(s, s->expect.never[i], SYS_futex, NULL);
	s->expect.note = "\"never_blocked\":true";
}

static pthread_mutex_t fought_for[LOCKS];

static _Atomic uint64_t next_long_ns;

/* Mostly up to 3 ms; every seven thresholds somebody holds for five of them. */
static uint64_t hold_for(uint64_t threshold_ns, unsigned *seed)
{
	uint64_t due = next_long_ns, now = now_ns();

	if (now >= due &&
	    atomic_compare_exchange_strong(&next_long_ns, &due, now + 7 * threshold_ns))
		return 5 * threshold_ns;
	return (uint64_t)(rand_r(seed) % 4) * 1000000;
}

static void fight(struct actor *a)
{
	unsigned seed = (unsigned)a->tid;
	uint64_t start;

	while (!a->stage->over) {
		pthread_mutex_t *m = &fought_for[(unsigned)rand_r(&seed) % LOCKS];

		start = now_ns();
		pthread_mutex_lock(m);
		stage_log(a->stage, a->tid, m, start, now_ns());
		sleep_ns(hold_for(a->stage->threshold_ns, &seed));
		pthread_mutex_unlock(m);
		sleep_ns((uint64_t)(rand_r(&seed) % 16) * 1000000);
	}
}

static void set_contention(struct stage *s)
{
	char name[16];

	s->log_min_ns = s->threshold_ns / 4;
	for (int i = 0; i < LOCKS; i++)
		pthread_mutex_init(&fought_for[i], NULL);
	for (int i = 0; i < FIGHTERS; i++) {
		snprintf(name, sizeof(name), "fighter-%d", i);
		stage_thread(s, name, fight, NULL);
	}
	s->expect.reports = -1;
	s->expect.note = "\"reports_match_log\":true";
}

SCENE(parked200) = {
	.name = "parked200",
	.what = "200 threads are parked in condition variables",
	.set = set_parked,
	.healthy = true,
};

SCENE(contention) = {
	.name = "contention",
	.what = "64 threads fight for 16 locks and log their own waits",
	.set = set_contention,
	.healthy = true,
};
