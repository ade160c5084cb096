// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdbool.h>

#include "forward/backoff.h"

#define S 1000000000ULL

static void it_doubles_up_to_the_most(void **state)
{
	struct backoff b = {.min_ns = S, .max_ns = 60 * S};
	const uint64_t most[] = {1, 2, 4, 8, 16, 32, 60, 60, 60};

	(void)state;
	for (size_t i = 0; i < sizeof(most) / sizeof(most[0]); i++) {
		struct backoff least = b;

		assert_int_equal(backoff_failed(&least, 0, 0), most[i] * S / 2);
		assert_int_equal(backoff_failed(&b, 0, most[i] * S - most[i] * S / 2), most[i] * S);
	}
	backoff_went_well(&b);
	assert_true(backoff_failed(&b, 0, UINT64_MAX) <= S);
}

/* A year of failures overflows nothing. */
static void it_goes_on_for_ever(void **state)
{
	struct backoff b = {.min_ns = 1, .max_ns = UINT64_MAX / 2, .failures = UINT32_MAX - 2};

	(void)state;
	for (int i = 0; i < 5; i++)
		assert_true(backoff_failed(&b, 0, 12345678901234567ULL) >= UINT64_MAX / 4);
	assert_int_equal(b.failures, UINT32_MAX);
}

static void a_fleet_does_not_come_back_at_one_moment(void **state)
{
	struct backoff b = {.min_ns = S, .max_ns = 300 * S, .failures = 20};
	bool early = false, late = false;

	(void)state;
	for (uint64_t i = 0; i < 1000; i++) {
		uint64_t ns = backoff_failed(&b, 0, i * 6364136223846793005ULL >> 8);

		assert_in_range(ns, 150 * S, 300 * S);
		early |= ns < 190 * S;
		late |= ns > 260 * S;
	}
	assert_true(early && late);
}

static void what_the_receiver_asks_for_is_kept(void **state)
{
	struct backoff b = {.min_ns = S, .max_ns = 300 * S};

	(void)state;
	for (uint64_t i = 0; i < 100; i++)
		assert_in_range(backoff_failed(&b, 600 * S, i * 777777777ULL), 600 * S, 675 * S);
	b.failures = 20;
	assert_true(backoff_failed(&b, S, 7) >= 150 * S);
	/* ... within reason */
	assert_true(backoff_failed(&b, 10ULL * 365 * 86400 * S, 7) <= BACKOFF_ASKED_MAX_NS * 9 / 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_doubles_up_to_the_most),
		cmocka_unit_test(it_goes_on_for_ever),
		cmocka_unit_test(a_fleet_does_not_come_back_at_one_moment),
		cmocka_unit_test(what_the_receiver_asks_for_is_kept),
	};

	return cmocka_run_group_tests_name("backoff", tests, NULL, NULL);
}
