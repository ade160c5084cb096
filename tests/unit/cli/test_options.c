// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "options/options.h"

#define ARGS_MAX 16

static int parse(struct options *o, enum option_set set, const char *line)
{
	static char copy[256];
	char *argv[ARGS_MAX] = {"locktrace"}, *save = NULL;
	int argc = 1;

	strncpy(copy, line, sizeof(copy) - 1);
	for (char *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save))
		argv[argc++] = word;
	return options_parse(argc, argv, set, o);
}

static void the_defaults_watch_the_whole_system(void **state)
{
	struct options o;

	(void)state;
	assert_int_equal(parse(&o, OPTIONS_WATCH, ""), 0);
	assert_int_equal(o.pid, 0);
	assert_int_equal(o.threshold_ns, 1000000000ULL);
	assert_true(o.children);
	assert_false(o.once);
	assert_null(o.via);
	assert_string_equal(o.format, "text");
}

static void every_option_arrives(void **state)
{
	struct options o;

	(void)state;
	assert_int_equal(parse(&o, OPTIONS_WATCH,
			       "-p 306 --threshold=250ms -d 1m --via=census --uprobes off -f json "
			       "--record x.trace --no-children --color=never"),
			 0);
	assert_int_equal(o.pid, 306);
	assert_int_equal(o.threshold_ns, 250000000ULL);
	assert_int_equal(o.duration_ns, 60000000000ULL);
	assert_string_equal(o.via, "census");
	assert_int_equal(o.uprobes, UPROBES_OFF);
	assert_string_equal(o.format, "json");
	assert_string_equal(o.record, "x.trace");
	assert_false(o.children);
	assert_int_equal(parse(&o, OPTIONS_WATCH, "--via=auto"), 0);
	assert_null(o.via);
	assert_int_equal(parse(&o, OPTIONS_REPLAY, "-f dot x.trace"), 0);
	assert_string_equal(o.file, "x.trace");
}

static void a_budget_is_a_share_of_a_cpu(void **state)
{
	struct options o;

	(void)state;
	assert_int_equal(parse(&o, OPTIONS_WATCH, ""), 0);
	assert_false(o.budget_given);
	assert_int_equal(parse(&o, OPTIONS_WATCH, "--budget=0.5%"), 0);
	assert_true(o.budget_given);
	assert_int_equal(o.budget_ppm, 5000);
	assert_int_equal(parse(&o, OPTIONS_WATCH, "--budget 150"), 0);
	assert_int_equal(o.budget_ppm, 1500000);
	assert_int_equal(parse(&o, OPTIONS_WATCH, "--budget=0.001%"), 0);
	assert_int_equal(o.budget_ppm, 10);
	assert_int_equal(parse(&o, OPTIONS_WATCH, "--budget=off"), 0);
	assert_true(o.budget_given);
	assert_int_equal(o.budget_ppm, 0);
	assert_int_equal(parse(&o, OPTIONS_WATCH, "--budget=0"), 0);
	assert_int_equal(o.budget_ppm, 0);
	assert_int_equal(parse(&o, OPTIONS_WATCH, "--budget=1s"), -EINVAL);
	assert_int_equal(parse(&o, OPTIONS_WATCH, "--budget=-1"), -EINVAL);
	assert_int_equal(parse(&o, OPTIONS_WATCH, "--budget=nan"), -EINVAL);
	assert_int_equal(parse(&o, OPTIONS_WATCH, "--budget=inf"), -EINVAL);
	assert_int_equal(parse(&o, OPTIONS_WATCH, "--budget=1%%"), -EINVAL);
	assert_int_equal(parse(&o, OPTIONS_WATCH, "--budget=0.0000001"), -EINVAL);
}

static void processes_are_chosen_in_one_way(void **state)
{
	struct options o;

	(void)state;
	assert_int_equal(parse(&o, OPTIONS_WATCH, "--comm nginx --no-children"), 0);
	assert_string_equal(o.comm, "nginx");
	assert_false(o.children);
	assert_int_equal(parse(&o, OPTIONS_WATCH, "--unit=nginx.service --once"), 0);
	assert_string_equal(o.unit, "nginx.service");
	assert_int_equal(parse(&o, OPTIONS_WATCH, "--cgroup /system.slice"), 0);
	assert_string_equal(o.cgroup, "/system.slice");
	assert_int_equal(parse(&o, OPTIONS_WATCH, "--cgroup /sys/fs/cgroup/system.slice"), 0);
	assert_string_equal(o.cgroup, "/system.slice");
	assert_int_equal(parse(&o, OPTIONS_WATCH, "--pid 3 --comm x"), -EINVAL);
	assert_int_equal(parse(&o, OPTIONS_WATCH, "--unit x --cgroup /x"), -EINVAL);
	assert_int_equal(parse(&o, OPTIONS_WATCH, "--cgroup /"), -EINVAL);
	assert_int_equal(parse(&o, OPTIONS_WATCH, "--cgroup /sys/fs/cgroup"), -EINVAL);
	assert_int_equal(parse(&o, OPTIONS_WATCH, "--cgroup relative"), -EINVAL);
	assert_int_equal(parse(&o, OPTIONS_WATCH, "--comm a/b"), -EINVAL);
	assert_int_equal(parse(&o, OPTIONS_WATCH, "--comm="), -EINVAL);
	assert_int_equal(parse(&o, OPTIONS_WATCH, "--unit"), -EINVAL);
	assert_int_equal(parse(&o, OPTIONS_REPLAY, "--comm x a"), -EINVAL);
}

static void filters_are_taken_in_their_order(void **state)
{
	struct options o;

	(void)state;
	assert_int_equal(parse(&o, OPTIONS_WATCH,
			       "--ignore rule=deadlock --only unit=a* "
			       "--ignore=comm=x,rule=slow-holder --only exe=b"),
			 0);
	assert_int_equal(o.filters.n[LIST_ONLY], 2);
	assert_int_equal(o.filters.n[LIST_IGNORE], 2);
	assert_string_equal(filter_text(o.filters.of[LIST_ONLY][0]), "unit=a*");
	assert_string_equal(filter_text(o.filters.of[LIST_ONLY][1]), "exe=b");
	assert_string_equal(filter_text(o.filters.of[LIST_IGNORE][1]), "comm=x,rule=slow-holder");
	options_free(&o);
	assert_int_equal(parse(&o, OPTIONS_REPLAY, "--ignore rule=deadlock x.trace"), 0);
	assert_int_equal(o.filters.n[LIST_IGNORE], 1);
	options_free(&o);
	/* what was taken before the one that is refused is freed */
	assert_int_equal(parse(&o, OPTIONS_REPLAY, "--ignore rule=deadlock --only x a"), -EINVAL);
	assert_int_equal(parse(&o, OPTIONS_WATCH, "--ignore rule=no-such"), -EINVAL);
	assert_int_equal(parse(&o, OPTIONS_WATCH, "--ignore="), -EINVAL);
	assert_int_equal(parse(&o, OPTIONS_SYMBOLIZE, "--ignore rule=deadlock x.json"), -EINVAL);
}

static void nonsense_is_refused(void **state)
{
	static const char *const bad[] = {
		"--pid 0",	 "--pid -3",	     "--pid abc",     "--pid 12x",
		"--pid",	 "--threshold soon", "--threshold 0", "--threshold 1ms",
		"--via=magic",	 "--format=xml",     "--uprobes=may", "--once -d 5s",
		"--no-children", "--nonsense",	     "leftover",      "--pid 99999999999",
	};
	struct options o;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(parse(&o, OPTIONS_WATCH, bad[i]), -EINVAL);
	assert_int_equal(parse(&o, OPTIONS_REPLAY, ""), -EINVAL);
	assert_int_equal(parse(&o, OPTIONS_REPLAY, "a b"), -EINVAL);
	assert_int_equal(parse(&o, OPTIONS_REPLAY, "--pid 3 a"), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_defaults_watch_the_whole_system),
		cmocka_unit_test(every_option_arrives),
		cmocka_unit_test(a_budget_is_a_share_of_a_cpu),
		cmocka_unit_test(processes_are_chosen_in_one_way),
		cmocka_unit_test(filters_are_taken_in_their_order),
		cmocka_unit_test(nonsense_is_refused),
	};

	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
