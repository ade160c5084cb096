// SPDX-License-Identifier: GPL-2.0
/* A machine with as many threads as there can be: linear time, and no recursion. */
#include <time.h>

#include "story.h"

/* Each of n threads waits for a lock of the next one, and each lock has ten holders stated. */
static void look(struct story *s, uint64_t now_ms, int n, bool ring)
{
	char key[32];
	struct fact resource = {
		.type = FACT_RESOURCE,
		.resource = {.key = key, .kind = "mutex", .class = CLASS_LOCK, .name = "a mutex"}};
	struct fact wait = {.type = FACT_WAIT,
			    .wait = {.resource = key,
				     .verb = "waits for",
				     .quality = SINCE_EXACT,
				     .since_ns = 100 * MS}};
	struct fact hold = {
		.type = FACT_HOLD,
		.hold = {.resource = key, .evidence = EVIDENCE_EXACT, .why = "owner field"}};
	struct fact thread = {
		.type = FACT_THREAD,
		.thread = {.comm = "t", .activity = ACT_SLEEPING, .doing = "sleeping", .sp = 1}};

	tell_mark(s, FACT_TICK, now_ms);
	for (int i = 1; i <= n; i++) {
		snprintf(key, sizeof(key), "mutex:%d", i);
		put(s, &resource);
		thread.thread.ref = wait.wait.ref = (struct thread_ref){1, i, 7};
		put(s, &thread);
		if (i < n || ring)
			put(s, &wait);
		for (int j = 0; j < 10; j++) {
			int next = i + 1 + j * (n / 11);

			/* Onwards only, but for the last one of a ring. */
			if (next > n)
				next = ring && i == n && !j ? 1 : n;
			hold.hold.ref = (struct thread_ref){1, next, 7};
			put(s, &hold);
		}
	}
	tell_mark(s, FACT_LOOKED, 0);
	tell_mark(s, FACT_DETAILED, 0);
}

static size_t n_threads;

static int count_threads(void *ctx, const struct report *r)
{
	struct story *s = ctx;

	s->n_told++;
	n_threads = r->n_threads;
	assert_int_equal(r->n_threads, r->n_stuck + (r->threads[0].role == ROLE_ROOT));
	return 0;
}

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* CPU time of two looks and a report. */
static double run(int n, bool ring)
{
	struct story *s = story_new(false);
	struct engine_out out = {.report = count_threads, .ctx = s};
	struct fact session = {.type = FACT_SESSION, .session.threshold_ns = 1000 * MS};
	double begin;

	engine_free(s->engine);
	assert_int_equal(engine_new(&out, &s->engine), 0);
	put(s, &session);
	begin = seconds();
	look(s, 2000, n, ring);
	look(s, 2100, n, ring);
	begin = seconds() - begin;
	assert_int_equal(s->n_told, 1);
	assert_int_equal(n_threads, n);
	story_free(s);
	return begin;
}

/* Linear is 4, quadratic 16; a busy machine may need another try. */
static void time_grows_with_the_number_of_threads(bool ring)
{
	double small, large;
	int tries = 0;

	do {
		small = run(25000, ring);
		large = run(100000, ring);
		print_message("25,000 threads: %.3f s, 100,000 threads: %.3f s\n", small, large);
	} while (large > 9 * small && ++tries < 4);
	assert_true(large <= 9 * small);
}

static void a_chain_of_a_hundred_thousand(void **state)
{
	(void)state;
	time_grows_with_the_number_of_threads(false);
}

static void a_ring_of_a_hundred_thousand(void **state)
{
	(void)state;
	time_grows_with_the_number_of_threads(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chain_of_a_hundred_thousand),
		cmocka_unit_test(a_ring_of_a_hundred_thousand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
