// SPDX-License-Identifier: GPL-2.0
/* Parked since it was made, or come back from work? */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <unistd.h>

#include "../../../user/collect/collect_places_private.h"

#define SEC UINT64_C(1000000000)

/* Made 100 s after the machine began; it slept so often, at last from then on. */
static struct member parked(uint64_t after_ns, uint64_t nvcsw, uint64_t doubt_ns)
{
	return (struct member){
		.ref = {.pid = 1, .tid = 2, .start = 100 * (uint64_t)sysconf(_SC_CLK_TCK)},
		.nvcsw = nvcsw,
		.since_ns = 100 * SEC + after_ns,
		.doubt_ns = doubt_ns,
	};
}

static bool is_young(struct member m)
{
	return places_parked_young(&m, 0);
}

static void who_parked_at_once_was_never_of_use(void **state)
{
	(void)state;
	assert_true(is_young(parked(SEC / 100, 1, 0)));
	assert_true(is_young(parked(SEC, 50, 0)));
	assert_false(is_young(parked(10 * SEC, 50, 0)));
	assert_false(is_young((struct member){.ref = {.start = 1}}));
}

static void suspended_time_is_not_of_its_age(void **state)
{
	struct member m = parked(SEC, 50, 0);

	(void)state;
	m.ref.start += 1000 * (uint64_t)sysconf(_SC_CLK_TCK);
	assert_true(places_parked_young(&m, 1000 * SEC));
	m.since_ns += 10 * SEC;
	assert_false(places_parked_young(&m, 1000 * SEC));
}

/* On a busy guest the date of a sleep is seconds late; how often it slept is not. */
static void who_seems_late_and_slept_once_was_never_of_use(void **state)
{
	(void)state;
	assert_true(is_young(parked(3 * SEC, 1, 2 * SEC)));
	assert_true(is_young(parked(3 * SEC, 2, 200 * SEC)));
	assert_false(is_young(parked(3 * SEC, 3, 2 * SEC)));
	assert_false(is_young(parked(3 * SEC, 1, SEC / 2)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_parked_at_once_was_never_of_use),
		cmocka_unit_test(suspended_time_is_not_of_its_age),
		cmocka_unit_test(who_seems_late_and_slept_once_was_never_of_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
