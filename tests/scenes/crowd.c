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

#define LONG_GAP_NS 2000000000ULL

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

/*
 * Is it time that somebody holds for really long: four thresholds, and never
 * two of them at a time? All others hold for less than one.
 */
static bool is_my_turn(uint64_t threshold_ns)
{
	uint64_t due = next_long_ns, now = now_ns();
	uint64_t gap = 7 * threshold_ns > LONG_GAP_NS ? 7 * threshold_ns : LONG_GAP_NS;

	return now >= due && atomic_compare_exchange_strong(&next_long_ns, &due, now + gap);
}

static void hold_long(struct actor *a, const pthread_mutex_t *m)
{
	uint64_t start = now_ns();

	sleep_ns(4 * a->stage->threshold_ns);
	stage_log_hold(a->stage, a->tid, m, start, now_ns());
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
		if (is_my_turn(a->stage->threshold_ns))
			hold_long(a, m);
		else
			sleep_ns((uint64_t)(rand_r(&seed) % 1000) * 1000);
		pthread_mutex_unlock(m);
		sleep_ns((uint64_t)(rand_r(&seed) % 16) * 1000000);
	}
}

static void set_contention(struct stage *s)
{
	char name[16];

	s->log_min_ns = s->threshold_ns / 2;
	next_long_ns = now_ns() + LONG_GAP_NS;
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
	.alone = true,
};
