// SPDX-License-Identifier: GPL-2.0
/*
 * Parked for longer than ever at its place: possible that something was lost, if
 * nobody else waits there and the others go on. Otherwise the process is idle.
 */
#include "story.h"

/* The wait began at 10000; since then the others made so many calls a second. */
static void look_on(struct story *s, const char *habit, int others, int per_second, int until_ms)
{
	for (int now = 10600; now <= until_ms; now += 100) {
		char text[512];

		snprintf(
			text, sizeof(text),
			"park P kind condvar\nwaits 1/11 for P since 10000 %s then 10100 others-then %d "
			"others %d\nP is held by nobody\n",
			habit, others, others + per_second * (now - 10100) / 1000);
		story_look(s, now, text);
	}
}

static void longer_than_ever_is_possible(void **state)
{
	struct story *s = story_new(false);

	(void)state;
	look_on(s, "past 50 longest 40 first 1000 alone", 900, 100, 12000);
	assert_told(s, "opened abnormal-wait possible: waiting 1/11-P; since 10000; stuck 1");
	assert_non_null(strstr(s->doubts[0], "waited at this place 50 times"));
	assert_silent(s);
	story_free(s);
}

/* The load has ended: the rest is as quiet. */
static void a_quiet_process_is_idle(void **state)
{
	struct story *s = story_new(false);

	(void)state;
	look_on(s, "past 50 longest 40 first 1000 alone", 900, 20, 20000);
	assert_silent(s);
	story_free(s);
}

static void a_worker_of_several_is_idle(void **state)
{
	struct story *s = story_new(false);

	(void)state;
	look_on(s, "past 50 longest 40 first 1000", 900, 100, 20000);
	assert_silent(s);
	story_free(s);
}

static void a_few_waits_are_no_habit(void **state)
{
	struct story *s = story_new(false);

	(void)state;
	look_on(s, "past 31 longest 40 first 1000 alone", 900, 100, 20000);
	assert_silent(s);
	story_free(s);
}

static void long_waits_have_been_before(void **state)
{
	struct story *s = story_new(false);

	(void)state;
	look_on(s, "past 50 longest 600 first 1000 alone", 900, 100, 20000);
	assert_silent(s);
	story_free(s);
}

/* Who holds something is told of by that; it does not become a stall for being parked itself. */
static void parked_threads_are_told_if_asked_for(void **state)
{
	static const char look[] = "park P kind condvar\nwaits 1/11 for P since 100\n"
				   "waits 1/12 for P since 200\nP is held by nobody\n";
	struct story *s = story_new_of(false, true);

	(void)state;
	story_look(s, 1500, look);
	story_look(s, 1600, look);
	assert_told(s, "opened parked possible: waiting 1/11-P 1/12-P; since 100; stuck 2");
	assert_silent(s);
	story_free(s);
	s = story_new(false);
	story_look(s, 1500, look);
	story_look(s, 1600, look);
	assert_silent(s);
	story_free(s);
}

/* A client that waits for its server, which does something else: why does the client hang? */
static void so_are_those_whose_end_is_known(void **state)
{
	static const char look[] = "empty E kind pipe-empty\nwaits 1/11 for E since 100\n"
				   "E is held by 2/21\nthread 2/21 server sleeping\n";
	struct story *s = story_new_of(false, true);

	(void)state;
	story_look(s, 1500, look);
	story_look(s, 1600, look);
	assert_told(s, "opened parked possible: root 2/21 waiting 1/11-E; since 100; stuck 1");
	assert_silent(s);
	story_free(s);
	s = story_new(false);
	story_look(s, 1500, look);
	story_look(s, 1600, look);
	assert_silent(s);
	story_free(s);
}

/* What is stuck is told as such, even by who asks for all. */
static void a_lock_comes_before_what_is_idle(void **state)
{
	static const char look[] = "lock L kind mutex\nempty E kind pipe-empty\n"
				   "waits 1/11 for E since 100\nE is held by 2/21\n"
				   "waits 1/12 for L since 200\nL is held by 2/21\n"
				   "thread 2/21 server sleeping\n";
	struct story *s = story_new_of(false, true);

	(void)state;
	story_look(s, 1500, look);
	story_look(s, 1600, look);
	assert_told(
		s,
		"opened slow-holder certain: root 2/21 waiting 1/11-E 1/12-L; since 100; stuck 2");
	story_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(longer_than_ever_is_possible),
		cmocka_unit_test(a_quiet_process_is_idle),
		cmocka_unit_test(a_worker_of_several_is_idle),
		cmocka_unit_test(a_few_waits_are_no_habit),
		cmocka_unit_test(long_waits_have_been_before),
		cmocka_unit_test(parked_threads_are_told_if_asked_for),
		cmocka_unit_test(so_are_those_whose_end_is_known),
		cmocka_unit_test(a_lock_comes_before_what_is_idle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
