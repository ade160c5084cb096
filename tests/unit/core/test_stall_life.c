// SPDX-License-Identifier: GPL-2.0
/* A stall opens, changes and ends; it is told of as often as that, and not once more. */
#include "story.h"

#define HOLDER "process 1 p\nlock M\nthread 1/10 h sleeping\nM is held by 1/10\n"

static void opened_grown_and_resolved(void **state)
{
	struct story *s = story_new(false);
	const char *one = HOLDER "waits 1/11 for M since 100\n";
	const char *two = HOLDER "waits 1/11 for M since 100\nwaits 1/12 for M since 1500\n";

	(void)state;
	story_look(s, 1200, one);
	story_look(s, 1300, one);
	assert_told(s, "opened slow-holder certain: root 1/10 waiting 1/11-M; since 100; stuck 1");
	/* The second waiter is far below the threshold; he cannot go on all the same. */
	story_look(s, 1600, two);
	assert_silent(s); /* not so soon */
	story_look(s, 2300, two);
	assert_told(s, "changed slow-holder certain: root 1/10 waiting 1/11-M 1/12-M; since 100; "
		       "stuck 2");
	story_look(s, 3500, one); /* shrinking is no news */
	story_look(s, 4700, one);
	assert_silent(s);
	story_look(s, 4800, HOLDER);
	assert_silent(s);
	story_look(s, 4900, HOLDER);
	assert_told(s, "resolved slow-holder certain: root 1/10 waiting 1/11-M 1/12-M; "
		       "lasted 4700");
	assert_string_equal(s->id[0], s->id[1]);
	assert_string_equal(s->id[0], s->id[2]);
	assert_string_not_equal(s->id[0], "");
	story_end(s, 5000);
	assert_string_equal(s->ended, "opened 1, open 0");
	assert_silent(s);
	story_free(s);
}

#define STUCK HOLDER "waits 1/11 for M since 100\n"

/* A stall that is told without names is told once more with them, and not before. */
static void names_that_come_late(void **state)
{
	const char *later = STUCK "stack 1/11 ?lock main names-later\n";
	const char *there = STUCK "stack 1/11 lock main\n";
	struct story *s = story_new(false);
	int now = 1300;

	(void)state;
	story_look(s, 1200, later);
	story_look(s, 1300, later);
	assert_told_begins(s, "opened slow-holder");
	while (now < 3000)
		story_look(s, now += 50, later);
	assert_silent(s);
	s->n_wants = 0;
	for (int i = 0; i < 40; i++)
		story_look(s, now += 50, there);
	assert_told_begins(s, "changed slow-holder");
	assert_string_equal(s->id[0], s->id[1]);
	assert_string_equal(s->signature[0], s->signature[1]);
	while (now < 9000)
		story_look(s, now += 50, there);
	assert_silent(s);
	story_free(s);
}

/* Names that never come are not asked for for ever. */
static void names_that_never_come(void **state)
{
	const char *later = STUCK "stack 1/11 ?lock main names-later\n";
	struct story *s = story_new(false);
	int now = 1200, asked = 0;

	(void)state;
	story_look(s, now, later);
	story_look(s, now += 100, later);
	assert_told_begins(s, "opened slow-holder");
	while (now < 110000) {
		s->n_wants = 0;
		story_look(s, now += 100, later);
		asked += s->n_wants > 0;
	}
	assert_in_range(asked, 3, 30);
	assert_told_begins(s, "escalated ");
	assert_told_begins(s, "escalated ");
	assert_silent(s);
	story_look(s, now + 100, HOLDER);
	story_look(s, now + 200, HOLDER);
	assert_told_begins(s, "resolved ");
	story_free(s);
}

/* Looking once is telling once. */
static void once_is_not_completed(void **state)
{
	const char *later = STUCK "stack 1/11 ?lock main names-later\n";
	struct story *s = story_new(true);

	(void)state;
	story_look(s, 1200, later);
	story_look(s, 1300, later);
	assert_told_begins(s, "snapshot ");
	story_look(s, 3000, later);
	story_end(s, 3100);
	assert_silent(s);
	story_free(s);
}

static void one_look_that_failed_ends_nothing(void **state)
{
	struct story *s = story_new(false);
	const char *look = HOLDER "waits 1/11 for M since 100\n";

	(void)state;
	story_look(s, 1200, look);
	story_look(s, 1300, look);
	assert_told_begins(s, "opened ");
	story_look(s, 1400, "");
	story_look(s, 1500, look);
	story_look(s, 1600, "");
	story_look(s, 1700, look);
	assert_silent(s);
	story_end(s, 1800);
	assert_string_equal(s->ended, "opened 1, open 1");
	story_free(s);
}

static void a_stall_is_not_resolved_while_its_wait_lasts(void **state)
{
	struct story *s = story_new(false);
	const char *asleep = HOLDER "waits 1/11 for M since 100\n";
	const char *idle = "process 1 p\nlock M\nthread 1/10 h event-wait moved 2\n"
			   "M is held by 1/10\nwaits 1/11 for M since 100\n";

	(void)state;
	story_look(s, 1200, asleep);
	story_look(s, 1300, asleep);
	assert_told_begins(s, "opened ");
	/* It would not be told now; but it was, and nothing has ended. */
	for (int now = 1400; now < 4000; now += 100)
		story_look(s, now, idle);
	assert_silent(s);
	story_look(s, 4000, "");
	story_look(s, 4100, "");
	assert_told_begins(s, "resolved ");
	story_free(s);
}

static void the_same_pair_soon_again_is_the_same_stall(void **state)
{
	struct story *s = story_new(false);

	(void)state;
	story_look(s, 1200, HOLDER "waits 1/11 for M since 100\n");
	story_look(s, 1250, HOLDER "waits 1/11 for M since 100\n");
	story_look(s, 1300, HOLDER);
	story_look(s, 1400, HOLDER);
	story_look(s, 2900, HOLDER "waits 1/11 for M since 1450\n");
	story_look(s, 3000, HOLDER "waits 1/11 for M since 1450\n");
	assert_told_begins(s, "opened ");
	assert_told_begins(s, "resolved ");
	assert_told(s, "reopened slow-holder certain: root 1/10 waiting 1/11-M; since 1450; "
		       "stuck 1");
	assert_string_equal(s->id[0], s->id[1]);
	assert_string_equal(s->id[0], s->id[2]);
	assert_int_equal(s->life[2].times, 2);
	assert_string_equal(s->signature[0], s->signature[2]);
	story_free(s);
}

static void a_slow_holder_that_closes_a_circle_is_a_change(void **state)
{
	struct story *s = story_new(false);
	const char *slow = HOLDER "waits 1/11 for M since 100\n";
	const char *circle = "process 1 p\nlock M\nlock N\nM is held by 1/10\nN is held by 1/11\n"
			     "waits 1/11 for M since 100\nwaits 1/10 for N since 2000\n";

	(void)state;
	story_look(s, 1200, slow);
	story_look(s, 1300, slow);
	story_look(s, 2100, circle);
	story_look(s, 3200, circle);
	assert_told_begins(s, "opened slow-holder ");
	assert_told(s, "changed deadlock certain: cycle 1/10-N 1/11-M; since 100; stuck 2");
	assert_string_equal(s->id[0], s->id[1]);
	assert_string_not_equal(s->signature[0], s->signature[1]);
	assert_silent(s);
	story_free(s);
}

static void a_root_that_is_another_is_a_change(void **state)
{
	struct story *s = story_new(false);
	const char *before = HOLDER "waits 1/11 for M since 100\n";
	const char *after = "process 1 p\nlock M\nthread 1/20 g sleeping\nM is held by 1/20\n"
			    "waits 1/11 for M since 100\n";

	(void)state;
	story_look(s, 1200, before);
	story_look(s, 1300, before);
	story_look(s, 2400, after);
	assert_told_begins(s, "opened ");
	assert_told(s, "changed slow-holder likely: root 1/20 waiting 1/11-M; since 100; stuck 1");
	story_look(s, 3500, after);
	assert_silent(s);
	story_free(s);
}

static void since_does_not_wander(void **state)
{
	struct story *s = story_new(false);

	(void)state;
	story_look(s, 1200, HOLDER "waits 1/11 for M since 100 about\n");
	story_look(s, 1300, HOLDER "waits 1/11 for M since 119 about\n");
	story_look(s, 1400,
		   HOLDER "waits 1/11 for M since 95 about\n"
			  "waits 1/12 for M since 1395\n");
	story_look(s, 2500,
		   HOLDER "waits 1/11 for M since 110 about\n"
			  "waits 1/12 for M since 1395\n");
	assert_told(s, "opened slow-holder certain: root 1/10 waiting 1/11-M; since 100; stuck 1");
	assert_told(s, "changed slow-holder certain: root 1/10 waiting 1/11-M 1/12-M; since 95; "
		       "stuck 2");
	assert_silent(s);
	story_free(s);
}

static void once_tells_after_the_second_look(void **state)
{
	struct story *s = story_new(true);
	const char *look = HOLDER "waits 1/11 for M since 100\n";

	(void)state;
	story_look(s, 9000, look);
	assert_silent(s);
	story_look(s, 9200, look);
	assert_told(s, "snapshot slow-holder certain: root 1/10 waiting 1/11-M; since 100; "
		       "stuck 1");
	story_end(s, 9300);
	assert_silent(s);
	assert_string_equal(s->ended, "opened 1, open 1");
	story_free(s);
}

static void once_believes_no_wait_that_one_look_saw(void **state)
{
	struct story *s = story_new(true);

	(void)state;
	story_look(s, 9000, HOLDER "waits 1/11 for M since 100 about\n");
	story_look(s, 9200,
		   HOLDER "waits 1/12 for M since 100 about\n"
			  "waits 1/11 for M since 9100 about\n");
	story_end(s, 9300);
	assert_silent(s);
	assert_string_equal(s->ended, "opened 0, open 0");
	story_free(s);
}

static void once_watches_on_while_it_is_undecided(void **state)
{
	struct story *s = story_new(true);
	const char *look = HOLDER "waits 1/11 for M since ? before\n";

	(void)state;
	story_look(s, 9000, look);
	assert_true(engine_undecided(s->engine));
	for (int now = 9100; now < 10000; now += 100) {
		story_look(s, now, look);
		assert_true(engine_undecided(s->engine));
		assert_silent(s);
	}
	story_look(s, 10000, look);
	assert_false(engine_undecided(s->engine));
	assert_told(s, "snapshot slow-holder certain: root 1/10 waiting 1/11-M; since ?; stuck 1");
	story_end(s, 10100);
	assert_silent(s);
	story_free(s);
}

static void once_sees_the_event_loop_if_it_looks_long_enough(void **state)
{
	struct story *s = story_new(true);
	char look[512];

	(void)state;
	for (int now = 9000; now < 10500; now += 100) {
		snprintf(look, sizeof(look),
			 "lock M\nwaits 1/11 for M since 100\nM is held by 1/1\n"
			 "thread 1/1 main %s moved %d at %d\n",
			 now == 9800 ? "event-wait" : "running", now, now);
		assert_true(now == 9000 || now > 9800 || engine_undecided(s->engine));
		story_look(s, now, look);
	}
	assert_false(engine_undecided(s->engine));
	story_end(s, 10500);
	assert_silent(s);
	story_free(s);
}

static void once_decides_at_the_end_what_it_could_not_watch(void **state)
{
	struct story *s = story_new(true);

	(void)state;
	story_look(s, 9000,
		   "lock M\nwaits 1/11 for M since 100\nM is held by 1/1\n"
		   "thread 1/1 main io moved 1 at 1\n");
	story_look(s, 9100,
		   "lock M\nwaits 1/11 for M since 100\nM is held by 1/1\n"
		   "thread 1/1 main io moved 2 at 2\n");
	assert_silent(s);
	story_end(s, 9200);
	assert_told(s, "snapshot slow-holder likely: root 1/1 waiting 1/11-M; since 100; stuck 1");
	assert_string_equal(s->ended, "opened 1, open 1");
	story_free(s);
}

static void once_cut_short_tells_what_it_has(void **state)
{
	struct story *s = story_new(true);

	(void)state;
	story_look(s, 9000, HOLDER "waits 1/11 for M since 100 about\n");
	assert_silent(s);
	story_end(s, 9100);
	assert_told(s, "snapshot slow-holder likely: root 1/10 waiting 1/11-M; since 100; stuck 1");
	assert_string_equal(s->doubts[0],
			    "There was time for one look only: what moves may look stuck.");
	assert_string_equal(s->ended, "opened 1, open 1");
	story_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opened_grown_and_resolved),
		cmocka_unit_test(names_that_come_late),
		cmocka_unit_test(names_that_never_come),
		cmocka_unit_test(once_is_not_completed),
		cmocka_unit_test(one_look_that_failed_ends_nothing),
		cmocka_unit_test(a_stall_is_not_resolved_while_its_wait_lasts),
		cmocka_unit_test(the_same_pair_soon_again_is_the_same_stall),
		cmocka_unit_test(a_slow_holder_that_closes_a_circle_is_a_change),
		cmocka_unit_test(a_root_that_is_another_is_a_change),
		cmocka_unit_test(since_does_not_wander),
		cmocka_unit_test(once_tells_after_the_second_look),
		cmocka_unit_test(once_believes_no_wait_that_one_look_saw),
		cmocka_unit_test(once_watches_on_while_it_is_undecided),
		cmocka_unit_test(once_sees_the_event_loop_if_it_looks_long_enough),
		cmocka_unit_test(once_decides_at_the_end_what_it_could_not_watch),
		cmocka_unit_test(once_cut_short_tells_what_it_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
