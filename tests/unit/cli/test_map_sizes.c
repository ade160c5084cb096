// SPDX-License-Identifier: GPL-2.0
/* How many entries the maps of the hooks are to have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ways/map_sizes.h"

static void what_is_said_is_taken(void **state)
{
	struct map_sizes sizes = {0};

	(void)state;
	assert_null(map_sizes_parse("waits=1,targets=2", &sizes));
	assert_null(map_sizes_parse("gone=77", &sizes));
	assert_int_equal(map_sizes_of(&sizes, "lt_slots"), 1);
	assert_int_equal(map_sizes_of(&sizes, "lt_targets"), 2);
	assert_int_equal(map_sizes_of(&sizes, "lt_gone"), 77);
}

static void all_else_is_as_it_was_declared(void **state)
{
	struct map_sizes sizes = {.waits = 5};

	(void)state;
	assert_int_equal(map_sizes_of(&sizes, "lt_targets"), 0);
	assert_int_equal(map_sizes_of(&sizes, "lt_scans"), 0);
	assert_int_equal(map_sizes_of(NULL, "lt_slots"), 0);
}

static void what_makes_no_sense_changes_nothing(void **state)
{
	static const char *const bad[] = {"",
					  "waits",
					  "waits=",
					  "waits=0",
					  "waits=x",
					  "waits=-1",
					  "waits=1,",
					  "waits=8193",
					  "waits=1 ",
					  "cpus=1",
					  "targets=1,,",
					  "gone=1048577",
					  "gone=99999999999999999999"};
	struct map_sizes sizes = {3, 4, 5};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_non_null(map_sizes_parse(bad[i], &sizes));
	assert_int_equal(sizes.waits, 3);
	assert_int_equal(sizes.targets, 4);
	assert_int_equal(sizes.gone, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_said_is_taken),
		cmocka_unit_test(all_else_is_as_it_was_declared),
		cmocka_unit_test(what_makes_no_sense_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
