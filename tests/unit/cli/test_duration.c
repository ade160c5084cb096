// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "duration.h"

static void times_as_people_write_them(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} good[] = {
		{"250ms", 250000000ULL},  {"2s", 2000000000ULL},   {"2", 2000000000ULL},
		{"1m", 60000000000ULL},	  {"1.5s", 1500000000ULL}, {"1d", 86400000000000ULL},
		{"1h", 3600000000000ULL}, {"10us", 10000ULL},	   {"0", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		uint64_t ns = 42;

		assert_int_equal(duration_parse(good[i].text, &ns), 0);
		assert_int_equal(ns, good[i].ns);
	}
}

static void nonsense_is_refused_and_leaves_the_result_alone(void **state)
{
	static const char *const bad[] = {
		"",    "s",   "abc",  "-1s", "+1s", "1 s",	    " 1s",   "1x",
		"inf", "nan", "0x10", "1ss", "1s2", "99999999999d", "1e999",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		uint64_t ns = 42;

		assert_true(duration_parse(bad[i], &ns) < 0);
		assert_int_equal(ns, 42);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_as_people_write_them),
		cmocka_unit_test(nonsense_is_refused_and_leaves_the_result_alone),
	};

	return cmocka_run_group_tests_name("duration", tests, NULL, NULL);
}
