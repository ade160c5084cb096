// SPDX-License-Identifier: GPL-2.0
/* Which kernels can probe a file for a process, with all of its threads, without a perf event. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ways/uprobe.h"

static void test_there_but_for_one_thread(void **state)
{
	(void)state;
	assert_false(uprobe_needs_no_event("5.10.0-28-cloud-amd64"));
	assert_false(uprobe_needs_no_event("6.1.0-37-amd64"));
	assert_false(uprobe_needs_no_event("6.6.30"));
	assert_false(uprobe_needs_no_event("6.9.12-rc1"));
}

static void test_for_all_threads(void **state)
{
	(void)state;
	assert_true(uprobe_needs_no_event("6.10.0"));
	assert_true(uprobe_needs_no_event("6.12.95+deb12-cloud-amd64"));
	assert_true(uprobe_needs_no_event("7.2"));
}

static void test_no_release(void **state)
{
	(void)state;
	assert_false(uprobe_needs_no_event(""));
	assert_false(uprobe_needs_no_event("generic"));
	assert_false(uprobe_needs_no_event("7"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_but_for_one_thread),
		cmocka_unit_test(test_for_all_threads),
		cmocka_unit_test(test_no_release),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
