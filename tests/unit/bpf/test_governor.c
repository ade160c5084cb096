// SPDX-License-Identifier: GPL-2.0
/* Probes of locks come off when they cost too much, and not before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ways/governor.h"

#define SECOND 1000000000ULL

/* 16 us a hit and 5 % of a CPU: 3,125 hits a second. */
static struct governor fresh(void)
{
	struct governor g;

	governor_begin(&g, GOVERNOR_PRICE_NS, GOVERNOR_PERMILLE, 100 * SECOND, 1000);
	return g;
}

static void a_budget_just_spent_is_kept(void **state)
{
	struct governor g = fresh();
	uint64_t permille;

	(void)state;
	assert_false(governor_too_much(&g, 101 * SECOND, 1000 + 3125, &permille));
}

static void one_hit_more_is_too_much(void **state)
{
	struct governor g = fresh();
	uint64_t permille = 0;

	(void)state;
	assert_true(governor_too_much(&g, 101 * SECOND, 1000 + 3126, &permille));
	assert_int_equal(permille, 50);
}

static void a_burst_is_seen_before_its_second_is_over(void **state)
{
	struct governor g = fresh();
	uint64_t permille = 0;

	(void)state;
	assert_true(governor_too_much(&g, 100 * SECOND + SECOND / 4, 1000 + 12500, &permille));
	assert_int_equal(permille, 200);
}

static void each_second_has_its_own_budget(void **state)
{
	struct governor g = fresh();
	uint64_t permille;
	uint64_t hits = 1000;

	(void)state;
	for (uint64_t s = 101; s < 200; s++) {
		hits += 3000;
		assert_false(governor_too_much(&g, s * SECOND, hits, &permille));
	}
}

static void hits_of_a_long_quiet_time_are_spread_over_it(void **state)
{
	struct governor g = fresh();
	uint64_t permille;

	(void)state;
	assert_false(governor_too_much(&g, 110 * SECOND, 1000 + 31250, &permille));
}

static void clocks_and_counters_that_go_back_do_no_harm(void **state)
{
	struct governor g = fresh();
	uint64_t permille;

	(void)state;
	assert_false(governor_too_much(&g, 99 * SECOND, 10, &permille));
}

static void nothing_overflows(void **state)
{
	struct governor g = fresh();
	uint64_t permille = 0;

	(void)state;
	assert_true(governor_too_much(&g, UINT64_MAX, UINT64_MAX, &permille));
	assert_true(permille > 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_budget_just_spent_is_kept),
		cmocka_unit_test(one_hit_more_is_too_much),
		cmocka_unit_test(a_burst_is_seen_before_its_second_is_over),
		cmocka_unit_test(each_second_has_its_own_budget),
		cmocka_unit_test(hits_of_a_long_quiet_time_are_spread_over_it),
		cmocka_unit_test(clocks_and_counters_that_go_back_do_no_harm),
		cmocka_unit_test(nothing_overflows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
