// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "report/utf8.h"
#include "report/words.h"

#define S 1000000000ULL

static void ages_have_two_units_at_most(void **state)
{
	char buf[WORDS];

	(void)state;
	assert_string_equal(words_age(412000000, buf), "412ms");
	assert_string_equal(words_age(3200000000ULL, buf), "3.2s");
	assert_string_equal(words_age(200 * S, buf), "3m 20s");
	assert_string_equal(words_age((21 * 86400 + 4 * 3600 + 59) * S, buf), "21d 4h");
	assert_string_equal(words_waited(3 * S, SINCE_AT_LEAST, buf), "at least 3.0s");
	assert_string_equal(words_waited(3 * S, SINCE_EXACT, buf), "3.0s");
	assert_string_equal(words_waited(3 * S, SINCE_UNKNOWN, buf), "for a time not known");
}

static void contention_is_not_called_stuck(void **state)
{
	struct report r = {.event = EVENT_SNAPSHOT, .severity = SEVERITY_CONTENTION};
	struct report_end end = {.opened = 3, .contended = 1};
	char buf[WORDS];

	(void)state;
	assert_string_equal(words_event(&r), "CONTENTION");
	r.event = EVENT_ESCALATED;
	assert_string_equal(words_event(&r), "STILL CONTENDED");
	r.event = EVENT_RESOLVED;
	assert_string_equal(words_event(&r), "RESOLVED");
	assert_string_equal(words_stuck(&r), "contended");
	r = (struct report){.event = EVENT_OPENED, .severity = SEVERITY_STALL};
	assert_string_equal(words_event(&r), "STALL");
	assert_string_equal(words_opened(&end, buf), "2 stalls and 1 case of contention");
	end.contended = 3;
	assert_string_equal(words_opened(&end, buf), "3 cases of contention");
	end = (struct report_end){.opened = 1};
	assert_string_equal(words_opened(&end, buf), "1 stall");
	end.opened = 0;
	assert_string_equal(words_opened(&end, buf), "0 stalls");
}

static void moments_are_in_the_clock_of_the_machine_that_was_looked_at(void **state)
{
	struct fact_session s = {.utc_offset_s = 7200};
	char buf[WORDS];

	(void)state;
	assert_string_equal(words_moment(&s, 1793404931ULL * S, buf), "2026-10-31 02:02:11");
	assert_string_equal(words_moment(&s, 0, buf), "a time not known");
}

static void who_is_gone_has_no_name(void **state)
{
	struct fact_session session = {0};
	struct report_thread threads[] = {
		{.fact.ref = {28, 30, 0}, .process = "scene"},
		{.fact.ref = {41, 0, 0}},
		{.fact = {.ref = {28, 31, 0}, .comm = "heir"}},
	};
	struct report r = {
		.session = &session, .threads = threads, .n_threads = 3, .many_processes = true};
	char buf[WORDS];

	(void)state;
	assert_string_equal(words_thread(&r, 0, buf), "thread 30");
	assert_string_equal(words_thread(&r, 1, buf), "process 41");
	assert_string_equal(words_thread(&r, 2, buf), "31 heir of 28");
}

static void hostile_names_do_not_reach_the_terminal(void **state)
{
	char buf[64];

	(void)state;
	assert_string_equal(utf8_shown("a\033[2Jb\n", buf, sizeof(buf)), "a\\x1b[2Jb\\x0a");
	assert_string_equal(utf8_shown("caf\xc3\xa9", buf, sizeof(buf)), "caf\xc3\xa9");
	assert_string_equal(utf8_shown("\xff\xc3", buf, sizeof(buf)), "\\xff\\xc3");
	assert_string_equal(utf8_shown("\xc2\x9b"
				       "31m",
				       buf, sizeof(buf)),
			    "\\xc2\\x9b31m");
	assert_string_equal(utf8_shown("\xed\xa0\x80", buf, sizeof(buf)), "\\xed\\xa0\\x80");
	assert_string_equal(utf8_shown("abcdef", buf, 4), "abc");
}

static void invalid_bytes_become_one_replacement_each_in_json(void **state)
{
	json_t *json = utf8_json("a\xff\xc3z");

	(void)state;
	assert_string_equal(json_string_value(json), "a\xef\xbf\xbd\xef\xbf\xbdz");
	json_decref(json);
}

static void expect_place(const char *cgroup, const char *unit, int32_t ns_pid, const char *wanted)
{
	const struct report_thread t = {.cgroup = cgroup, .unit = unit, .ns_pid = ns_pid};
	char buf[WORDS];
	const char *place = words_place(&t, buf);

	if (wanted) {
		assert_non_null(place);
		assert_string_equal(place, wanted);
	} else {
		assert_null(place);
	}
}

static void places_are_named_where_they_tell_something(void **state)
{
	(void)state;
	expect_place(NULL, NULL, 0, NULL);
	expect_place("/user.slice/user-0.slice/session-3.scope", "session-3.scope", 0, NULL);
	expect_place("/init.scope", "init.scope", 0, NULL);
	expect_place("/system.slice/nginx.service", "nginx.service", 0, "nginx.service");
	expect_place("/my/own", NULL, 0, "control group /my/own");
	expect_place("/docker/3f2a", "docker 3f2a", 7, "docker 3f2a, pid 7 inside");
	expect_place(NULL, NULL, 7, "pid 7 inside");
	/* whoever makes a group chooses its name */
	expect_place("/a\033[31mb", NULL, 0, "control group /a\\x1b[31mb");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places_are_named_where_they_tell_something),
		cmocka_unit_test(ages_have_two_units_at_most),
		cmocka_unit_test(contention_is_not_called_stuck),
		cmocka_unit_test(moments_are_in_the_clock_of_the_machine_that_was_looked_at),
		cmocka_unit_test(who_is_gone_has_no_name),
		cmocka_unit_test(hostile_names_do_not_reach_the_terminal),
		cmocka_unit_test(invalid_bytes_become_one_replacement_each_in_json),
	};

	return cmocka_run_group_tests_name("words", tests, NULL, NULL);
}
