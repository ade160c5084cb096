// SPDX-License-Identifier: GPL-2.0
/* Which stalls a filter means, and what is said of one that means none. */
#include "told.h"

#include <errno.h>

#include "core/filter.h"

static bool matches(const char *text, enum filter_whose whose, const char *rule,
		    const char *threads)
{
	struct filter *f = NULL;
	struct filter_error error = {0};
	struct told t;
	int err = filter_parse(text, &f, &error);
	bool ret;

	if (err)
		fail_msg("%s: %s", text, error.why);
	assert_string_equal(filter_text(f), text);
	ret = filter_matches(f, whose, told(&t, EVENT_OPENED, "id", rule, threads));
	filter_free(f);
	return ret;
}

#define assert_ignored(text, rule, threads)                                                        \
	assert_true(matches(text, FILTER_OF_ROOTS, rule, threads))
#define assert_not_ignored(text, rule, threads)                                                    \
	assert_false(matches(text, FILTER_OF_ROOTS, rule, threads))

static const char backup[] =
	"root backup exe backupd unit backup.service "
	"cgroup /system.slice/backup.service\n"
	"waiting postgres exe postgres unit postgresql@15-main.service "
	"cgroup /system.slice/system-postgresql.slice/postgresql@15-main.service";

static void by_rule_and_signature(void **state)
{
	(void)state;
	assert_ignored("rule=slow-holder", "slow-holder", backup);
	assert_not_ignored("rule=slow-holder", "deadlock", backup);
	assert_ignored("signature=0123456789abcdef", "deadlock", backup);
	assert_ignored("signature=012345", "deadlock", backup);
	assert_not_ignored("signature=1234567", "deadlock", backup);
	assert_not_ignored("signature=0123456789abcdef0", "deadlock", backup);
}

static void by_severity(void **state)
{
	(void)state;
	assert_ignored("severity=contention", "convoy", backup);
	assert_not_ignored("severity=contention", "slow-holder", backup);
	assert_ignored("severity=stall", "slow-holder", backup);
	assert_not_ignored("severity=stall", "convoy", backup);
}

static void by_the_process_that_is_the_root(void **state)
{
	static const char *const fit[] = {
		"comm=backup",
		"comm=back*",
		"comm=[ab]ackup",
		"exe=backupd",
		"unit=backup.service",
		"unit=backup",
		"unit=b*p",
		"unit=*",
		"cgroup=/system.slice/backup.service",
		"cgroup=/system.slice",
		"cgroup=/system.slice/",
		"cgroup=/sys/fs/cgroup/system.slice",
		"cgroup=*/backup.service",
		"rule=slow-holder,unit=backup,comm=backup",
	};
	static const char *const other[] = {
		"comm=backu",
		"comm=Backup",
		"comm=postgres",
		"exe=backup",
		"unit=back",
		"unit=backup.socket",
		"unit=postgresql*",
		"cgroup=/system",
		"cgroup=/user.slice",
		"rule=deadlock,unit=backup",
		"unit=backup,comm=postgres",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(fit) / sizeof(*fit); i++) {
		if (!matches(fit[i], FILTER_OF_ROOTS, "slow-holder", backup))
			fail_msg("%s does not fit", fit[i]);
	}
	for (size_t i = 0; i < sizeof(other) / sizeof(*other); i++) {
		if (matches(other[i], FILTER_OF_ROOTS, "slow-holder", backup))
			fail_msg("%s fits", other[i]);
	}
}

static void a_known_stall_of_a_unit_does_not_hide_what_makes_it_wait(void **state)
{
	static const char nfs[] = "root nfsd unit nfs.service\nholder backup unit backup.service\n"
				  "waiting backup unit backup.service";

	(void)state;
	assert_not_ignored("unit=backup", "slow-holder", nfs);
	assert_true(matches("unit=backup", FILTER_OF_ANY, "slow-holder", nfs));
	assert_true(matches("unit=nfs", FILTER_OF_ANY, "slow-holder", nfs));
	assert_false(matches("unit=cron", FILTER_OF_ANY, "slow-holder", nfs));
	/* what is asked for together is asked of one process */
	assert_false(matches("unit=nfs,comm=backup", FILTER_OF_ANY, "slow-holder", nfs));
}

static void all_of_a_circle_must_fit(void **state)
{
	(void)state;
	assert_not_ignored("comm=a", "deadlock", "cycle a\ncycle b\nwaiting a");
	assert_ignored("comm=a", "deadlock", "cycle a\ncycle a\nwaiting b");
	assert_ignored("comm=[ab]", "deadlock", "cycle a\ncycle b\nwaiting c");
}

static void where_no_root_is_known_all_who_wait_must_fit(void **state)
{
	(void)state;
	assert_ignored("comm=a", "unknown-holder", "waiting a\nwaiting a");
	assert_not_ignored("comm=a", "unknown-holder", "waiting a\nwaiting b");
}

static void what_is_not_known_fits_nothing(void **state)
{
	(void)state;
	assert_not_ignored("unit=*", "slow-holder", "root a");
	assert_not_ignored("exe=*", "slow-holder", "root a");
	assert_not_ignored("cgroup=/*", "slow-holder", "root a");
}

static void containers_by_either_of_their_names(void **state)
{
	static const char web[] = "root nginx unit nginx.service_in_docker_3f2a9c1b7d5e";

	(void)state;
	assert_ignored("unit=nginx", "slow-holder", web);
	assert_ignored("unit=docker 3f2a9c1b7d5e", "slow-holder", web);
	assert_ignored("unit=3f2a9*", "slow-holder", web);
	assert_ignored("unit=docker*", "slow-holder", web);
	assert_ignored("unit=nginx.service in docker 3f2a9c1b7d5e", "slow-holder", web);
	assert_not_ignored("unit=docker", "slow-holder", web);
	assert_not_ignored("unit=podman*", "slow-holder", web);
}

static void a_comma_of_its_own(void **state)
{
	(void)state;
	assert_ignored("comm=a\\,b,rule=deadlock", "deadlock", "cycle a,b");
	assert_not_ignored("comm=a\\,b", "deadlock", "cycle a");
	assert_ignored("comm=a\\*", "deadlock", "cycle a*");
	assert_not_ignored("comm=a\\*", "deadlock", "cycle ab");
}

static void nonsense_is_refused_with_its_place(void **state)
{
	static const struct {
		const char *text;
		size_t at;
	} bad[] = {
		{"", 0},
		{"deadlock", 0},
		{"=x", 0},
		{"pid=3", 0},
		{"rule", 0},
		{"rule=", 5},
		{"rule=no-such-rule", 5},
		{"rule=dead*", 5},
		{"rule=deadlock,", 14},
		{"rule=deadlock,,comm=a", 14},
		{"rule=deadlock,rule=slow-holder", 14},
		{"rule=deadlock, comm=a", 14},
		{"comm=a,rules=b", 7},
		{"signature=0123", 10},
		{"signature=0123456789ABCDEF", 10},
		{"signature=0123456789abcdef0123456789abcdef", 10},
		{"comm=sixteen-bytes-ab", 5},
		{"exe=/usr/bin/x", 4},
		{"cgroup=system.slice", 7},
		{"comm=a\\", 6},
		{"comm=a\\\\\\", 8},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct filter *f = (void *)&bad;
		struct filter_error error = {.at = 99};

		if (filter_parse(bad[i].text, &f, &error) != -EINVAL)
			fail_msg("%s is taken", bad[i].text);
		assert_non_null(error.why);
		if (error.at != bad[i].at)
			fail_msg("%s: at %zu (%s)", bad[i].text, error.at, error.why);
		assert_ptr_equal(f, &bad);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_rule_and_signature),
		cmocka_unit_test(by_severity),
		cmocka_unit_test(by_the_process_that_is_the_root),
		cmocka_unit_test(a_known_stall_of_a_unit_does_not_hide_what_makes_it_wait),
		cmocka_unit_test(all_of_a_circle_must_fit),
		cmocka_unit_test(where_no_root_is_known_all_who_wait_must_fit),
		cmocka_unit_test(what_is_not_known_fits_nothing),
		cmocka_unit_test(containers_by_either_of_their_names),
		cmocka_unit_test(a_comma_of_its_own),
		cmocka_unit_test(nonsense_is_refused_with_its_place),
	};

	return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}
