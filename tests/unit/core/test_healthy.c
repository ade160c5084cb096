// SPDX-License-Identifier: GPL-2.0
/* Idle is not stuck: what looks like a stall, and must be passed over in silence. */
#include "story.h"

/* Ten seconds of looks; %d is the time, as often as it is asked for. */
static void ten_seconds(struct story *s, const char *look)
{
	for (int now = 500; now < 10500; now += 100) {
		char text[2048];

		snprintf(text, sizeof(text), look, now, now, now, now);
		story_look(s, now, text);
	}
}

static void locks_that_are_handed_over_fast(void **state)
{
	struct story *s = story_new(false);

	(void)state;
	/* Always somebody waits, and never one for long. */
	for (int now = 500; now < 10000; now += 100) {
		char text[512];

		snprintf(text, sizeof(text),
			 "lock M\nwaits 1/11 for M since %d\nwaits 1/12 for M since %d about\n"
			 "M is held by 1/13\nthread 1/13 busy running moved %d\n",
			 now - 90, now - 300, now);
		story_look(s, now, text);
	}
	assert_silent(s);
	story_free(s);
}

static void an_owner_that_changes_below_the_threshold(void **state)
{
	struct story *s = story_new(false);

	(void)state;
	for (int now = 500; now < 10000; now += 100) {
		char text[512];

		snprintf(text, sizeof(text),
			 "lock M\nwaits 1/11 for M since %d\nM is held by 1/%d\n"
			 "thread 1/%d busy running moved %d\n",
			 now - now % 900, 20 + now / 100 % 7, 20 + now / 100 % 7, now);
		story_look(s, now, text);
	}
	assert_silent(s);
	story_free(s);
}

static void a_reader_that_drains_slowly(void **state)
{
	struct story *s = story_new(false);

	(void)state;
	ten_seconds(s, "queue Q\nwaits 1/11 sends-to Q since 100\nQ is held by 1/12\n"
		       "thread 1/12 reader sleeping moved %d\n");
	assert_silent(s);
	story_free(s);
}

static void a_reader_that_has_just_paused(void **state)
{
	struct story *s = story_new(false);

	(void)state;
	/* Asleep in all looks of the last 400 ms; it ran before. */
	story_look(s, 1200,
		   "queue Q\nwaits 1/11 sends-to Q since 100\nQ is held by 1/12\n"
		   "thread 1/12 reader sleeping ran 900\n");
	story_look(s, 1300,
		   "queue Q\nwaits 1/11 sends-to Q since 100\nQ is held by 1/12\n"
		   "thread 1/12 reader sleeping ran 900\n");
	assert_silent(s);
	story_look(s, 2000,
		   "queue Q\nwaits 1/11 sends-to Q since 100\nQ is held by 1/12\n"
		   "thread 1/12 reader sleeping ran 900\n");
	assert_told_begins(s, "opened queue-full ");
	story_free(s);
}

static void io_threads_behind_the_mutex_of_an_event_loop(void **state)
{
	struct story *s = story_new(false);

	(void)state;
	ten_seconds(s, "lock M\nwaits 1/11 for M since 100 before\n"
		       "waits 1/12 for M since ? before\nM is held by 1/1\n"
		       "thread 1/1 main event-wait moved %d\n");
	assert_silent(s);
	story_free(s);
}

static void an_event_loop_that_is_busy_now_and_then(void **state)
{
	struct story *s = story_new(false);
	char text[512];

	(void)state;
	/* Seen in an event wait in one look out of twenty. */
	for (int now = 500; now < 10000; now += 100) {
		snprintf(text, sizeof(text),
			 "lock M\nwaits 1/11 for M since 100\nM is held by 1/1\n"
			 "thread 1/1 main %s moved %d at %d\n",
			 now == 1500 ? "event-wait" : "running", now, now);
		story_look(s, now, text);
	}
	assert_silent(s);
	story_free(s);
}

static void a_busy_event_loop_that_we_come_upon(void **state)
{
	struct story *s = story_new(false);
	char text[512];

	(void)state;
	/* Under full load it never sleeps: no voluntary switch, for a while. */
	for (int now = 500000; now < 510000; now += 100) {
		snprintf(text, sizeof(text),
			 "lock M\nwaits 1/11 for M since 100 before\nM is held by 1/1\n"
			 "thread 1/1 main %s moved 7\n",
			 now == 500700 ? "event-wait" : "running");
		story_look(s, now, text);
	}
	assert_silent(s);
	story_free(s);
}

static void server_children_behind_an_accept_mutex(void **state)
{
	struct story *s = story_new(false);
	char text[512];

	(void)state;
	/* Who accepts hands the mutex on; each look may catch him before he is back in accept. */
	for (int now = 500; now < 10000; now += 100) {
		int holder = 20 + now / 1000;

		snprintf(text, sizeof(text),
			 "lock M\nwaits 1/11 for M since 100\nM is held by %d/%d\n"
			 "thread %d/%d child %s moved %d\n",
			 holder, holder, holder, holder,
			 now % 1000 < 200 ? "running" : "event-wait", holder);
		story_look(s, now, text);
	}
	assert_silent(s);
	story_free(s);
}

static void a_lock_kept_while_joining_an_idle_thread(void **state)
{
	struct story *s = story_new(false);

	(void)state;
	ten_seconds(s, "lock M\npark T\nwaits 1/11 for M since 100\nM is held by 1/1\n"
		       "waits 1/1 joins T since 50\nT is held by 1/12\n"
		       "thread 1/12 loop event-wait moved %d\n");
	assert_silent(s);
	story_free(s);
}

static void threads_that_are_parked(void **state)
{
	struct story *s = story_new(false);

	(void)state;
	ten_seconds(s, "park cond\nwaits 1/11 for cond since 100 before\n"
		       "waits 1/12 for cond since ? before\ncond is held by nobody\n"
		       "park T\nwaits 1/1 joins T since 100\nT is held by 1/11\n");
	assert_silent(s);
	story_free(s);
}

static void a_wait_whose_resource_was_never_stated(void **state)
{
	struct story *s = story_new(false);

	(void)state;
	ten_seconds(s, "waits 1/11 for X since 100\nX is held by 1/12\n");
	assert_silent(s);
	story_free(s);
}

static void an_unknown_beginning_needs_a_threshold_of_watching(void **state)
{
	struct story *s = story_new(false);
	const char *look = "lock M\nwaits 1/11 for M since ? before\nM is held by 1/12\n"
			   "thread 1/12 h sleeping\n";

	(void)state;
	story_look(s, 5000, look);
	story_look(s, 5900, look);
	assert_silent(s);
	story_look(s, 6000, look);
	assert_told(s, "opened slow-holder certain: root 1/12 waiting 1/11-M; since ?; stuck 1");
	story_free(s);
}

static void an_unknown_beginning_is_another_wait_once_the_thread_moved(void **state)
{
	struct story *s = story_new(false);

	(void)state;
	ten_seconds(s, "lock M\nthread 1/11 w lock-wait moved %d\n"
		       "waits 1/11 for M since ? before\nM is held by 1/12\n"
		       "thread 1/12 h sleeping\n");
	assert_silent(s);
	story_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(locks_that_are_handed_over_fast),
		cmocka_unit_test(an_owner_that_changes_below_the_threshold),
		cmocka_unit_test(a_reader_that_drains_slowly),
		cmocka_unit_test(a_reader_that_has_just_paused),
		cmocka_unit_test(io_threads_behind_the_mutex_of_an_event_loop),
		cmocka_unit_test(an_event_loop_that_is_busy_now_and_then),
		cmocka_unit_test(a_busy_event_loop_that_we_come_upon),
		cmocka_unit_test(server_children_behind_an_accept_mutex),
		cmocka_unit_test(a_lock_kept_while_joining_an_idle_thread),
		cmocka_unit_test(threads_that_are_parked),
		cmocka_unit_test(a_wait_whose_resource_was_never_stated),
		cmocka_unit_test(an_unknown_beginning_needs_a_threshold_of_watching),
		cmocka_unit_test(an_unknown_beginning_is_another_wait_once_the_thread_moved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
