// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

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

static void moments_are_in_the_clock_of_the_machine_that_was_looked_at(void **state)
{
	struct fact_session s = {.utc_offset_s = 7200};
	char buf[WORDS];

	(void)state;
	assert_string_equal(words_moment(&s, 1793404931ULL * S, buf), "2026-10-31 02:02:11");
	assert_string_equal(words_moment(&s, 0, buf), "a time not known");
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ages_have_two_units_at_most),
		cmocka_unit_test(moments_are_in_the_clock_of_the_machine_that_was_looked_at),
		cmocka_unit_test(hostile_names_do_not_reach_the_terminal),
		cmocka_unit_test(invalid_bytes_become_one_replacement_each_in_json),
	};

	return cmocka_run_group_tests_name("words", tests, NULL, NULL);
}
