// SPDX-License-Identifier: GPL-2.0
/* What becomes of a stall that lasts: it grows, ages, merges, splits, and who moves first. */
#include "story.h"

#define HOLDER	   "process 1 p\nlock M\nthread 1/10 h sleeping\nM is held by 1/10\n"
#define FIRST_WAIT "waits 1/11 for M since 100\n"

static void open_one(struct story *s, const char *look)
{
	story_look(s, 1200, look);
	story_look(s, 1300, look);
	assert_told_begins(s, "opened ");
}

static void new_waiters_are_counted(void **state)
{
	struct story *s = story_new(false);
	const char *look = HOLDER FIRST_WAIT "waits 1/12 for M since 1400\n"
					     "waits 1/13 for M since 1500\n";

	(void)state;
	open_one(s, HOLDER FIRST_WAIT);
	story_look(s, 2400, look);
	assert_told_begins(s, "changed ");
	assert_int_equal(s->life[1].change, CHANGE_WAITERS);
	assert_int_equal(s->life[1].more, 2);
	story_free(s);
}

/* Each look adds one thread; a look every threshold. */
static void who_grows_for_ever_is_told_ever_more_rarely(void **state)
{
	struct story *s = story_new(false);
	size_t n = 0, more = 0, changes = 0;
	char look[8192];

	(void)state;
	n = add(look, sizeof(look), n, HOLDER FIRST_WAIT);
	open_one(s, look);
	for (int i = 1; i <= 150; i++) {
		n = add(look, sizeof(look), n, "waits 1/%d for M since %d\n", 100 + i,
			1300 + 1000 * i);
		story_look(s, 1400 + UINT64_C(1000) * (unsigned int)i, look);
	}
	for (size_t i = 1; i < s->n_told; i++) {
		assert_false(s->told[i][0] == 'o');
		if (s->life[i].change != CHANGE_WAITERS)
			continue;
		more += s->life[i].more;
		changes++;
	}
	assert_true(changes >= 10 && changes <= 18);
	assert_true(more > 80); /* the rest is still to be told */
	story_free(s);
}

static void it_escalates_at_10_and_at_100_times_the_threshold(void **state)
{
	struct story *s = story_new(false);

	(void)state;
	open_one(s, HOLDER FIRST_WAIT);
	for (uint64_t now = 2000; now < 300000; now += 1000)
		story_look(s, now, HOLDER FIRST_WAIT);
	assert_told(s, "escalated slow-holder certain: root 1/10 waiting 1/11-M; since 100; "
		       "stuck 1");
	assert_told(s, "escalated slow-holder certain: root 1/10 waiting 1/11-M; since 100; "
		       "stuck 1");
	assert_silent(s);
	story_free(s);
}

static void what_was_old_when_it_was_found_does_not_escalate_at_once(void **state)
{
	struct story *s = story_new(false);

	(void)state;
	story_look(s, 50000, HOLDER FIRST_WAIT);
	story_look(s, 50100, HOLDER FIRST_WAIT);
	assert_told_begins(s, "opened ");
	for (uint64_t now = 51000; now < 100000; now += 1000)
		story_look(s, now, HOLDER FIRST_WAIT);
	assert_silent(s);
	story_look(s, 100100, HOLDER FIRST_WAIT);
	assert_told_begins(s, "escalated ");
	story_free(s);
}

/* ---- Merging and splitting ---- */

#define TWO                                                                                        \
	"process 1 p\nlock M\nlock N\nM is held by 1/10\nN is held by 1/20\n"                      \
	"waits 1/11 for M since 100\nwaits 1/21 for N since 150\n"
#define APART	 TWO "thread 1/10 h sleeping\nthread 1/20 g sleeping\n"
#define TOGETHER TWO "waits 1/10 for N since 1350\nthread 1/20 g sleeping\n"

static void open_two(struct story *s)
{
	story_look(s, 1200, APART);
	story_look(s, 1300, APART);
	assert_told(s, "opened slow-holder certain: root 1/10 waiting 1/11-M; since 100; stuck 1");
	assert_told(s, "opened slow-holder certain: root 1/20 waiting 1/21-N; since 150; stuck 1");
}

static void the_younger_of_two_that_merge_is_closed_into_the_older(void **state)
{
	struct story *s = story_new(false);

	(void)state;
	open_two(s);
	story_look(s, 1400, TOGETHER);
	story_look(s, 1500, TOGETHER); /* the wait is believed in the second look */
	story_look(s, 1600, TOGETHER);
	assert_told(s, "merged slow-holder certain: root 1/20 waiting 1/21-N; lasted 1450");
	assert_string_equal(s->id[2], s->id[1]);
	assert_string_equal(s->life[2].into, s->id[0]);
	story_look(s, 2700, TOGETHER);
	assert_told(s, "changed slow-holder certain: root 1/20 holder 1/10-N waiting 1/11-M "
		       "1/21-N; since 100; stuck 3");
	assert_string_equal(s->id[3], s->id[0]);
	assert_int_equal(s->life[3].change, CHANGE_ROOT);
	for (uint64_t now = 2800; now < 6000; now += 100)
		story_look(s, now, TOGETHER);
	assert_silent(s);
	story_look(s, 6000, "");
	story_look(s, 6100, "");
	assert_told_begins(s, "resolved ");
	assert_silent(s);
	story_end(s, 6200);
	assert_string_equal(s->ended, "opened 2, open 0");
	story_free(s);
}

static void one_look_does_not_merge(void **state)
{
	struct story *s = story_new(false);

	(void)state;
	open_two(s);
	for (int i = 0; i < 10; i++) {
		story_look(s, 1400 + UINT64_C(20) * (unsigned int)i, i % 2 ? APART : TOGETHER);
		assert_silent(s);
	}
	story_end(s, 6200);
	assert_string_equal(s->ended, "opened 2, open 2");
	story_free(s);
}

static void one_that_splits_is_two(void **state)
{
	struct story *s = story_new(false);
	const char *one = "process 1 p\nlock M\nlock N\nthread 1/10 h sleeping\n"
			  "M is held by 1/10\nN is held by 1/10\n"
			  "waits 1/11 for M since 100\nwaits 1/21 for N since 150\n";
	const char *two = "process 1 p\nlock M\nlock N\nthread 1/10 h sleeping\n"
			  "thread 1/20 g sleeping\nM is held by 1/10\nN is held by 1/20\n"
			  "waits 1/11 for M since 100\nwaits 1/21 for N since 150\n";

	(void)state;
	open_one(s, one);
	story_look(s, 1400, two);
	assert_silent(s);
	story_look(s, 1500, two);
	assert_told(s, "opened slow-holder likely: root 1/20 waiting 1/21-N; since 150; stuck 1");
	assert_string_equal(s->life[1].split_from, s->id[0]);
	assert_string_not_equal(s->id[1], s->id[0]);
	story_look(s, 1600, HOLDER FIRST_WAIT);
	story_look(s, 1700, HOLDER FIRST_WAIT);
	assert_told_begins(s, "resolved slow-holder likely: root 1/20");
	assert_silent(s);
	story_free(s);
}

static void one_look_does_not_split(void **state)
{
	struct story *s = story_new(false);

	(void)state;
	story_look(s, 1200, TOGETHER);
	story_look(s, 1300, TOGETHER);
	story_look(s, 1400, TOGETHER);
	assert_told_begins(s, "opened slow-holder certain: root 1/20 holder 1/10-N");
	story_look(s, 1500, APART);
	story_look(s, 1600, TOGETHER);
	story_look(s, 1700, TOGETHER);
	assert_silent(s);
	story_end(s, 1800);
	assert_string_equal(s->ended, "opened 1, open 1");
	story_free(s);
}

/* ---- Who moved first ---- */

#define RING                                                                                       \
	"process 1 p\nlock A\nlock B\nlock C\nA is held by 1/11\nB is held by 1/12\n"              \
	"C is held by 1/13\n"

static void who_leaves_a_circle_first_moved_first(void **state)
{
	struct story *s = story_new(false);

	(void)state;
	open_one(s, RING "waits 1/11 for B since 100\nwaits 1/12 for C since 100\n"
			 "waits 1/13 for A since 100\n");
	story_look(s, 1400,
		   RING "waits 1/11 for B since 100\nwaits 1/13 for A since 100\n"
			"thread 1/12 t12 running\n");
	story_look(s, 1500, "");
	story_look(s, 1600, "");
	assert_told(s, "resolved deadlock certain: cycle 1/11-B 1/12-C 1/13-A; lasted 1400");
	assert_string_equal(s->first[1], "1/12 exact: does not wait for lock C any more");
	story_free(s);
}

static void who_let_go_of_the_lock_moved_first(void **state)
{
	struct story *s = story_new(false);

	(void)state;
	open_one(s, HOLDER FIRST_WAIT "waits 1/12 for M since 200\n");
	story_look(s, 1400,
		   "process 1 p\nlock M\nM is held by 1/11\nthread 1/11 t11 running\n"
		   "waits 1/12 for M since 200\n");
	story_look(s, 1500, "");
	story_look(s, 1600, "");
	assert_told_begins(s, "resolved ");
	assert_string_equal(s->first[1], "1/10 exact: let go of lock M");
	story_free(s);
}

static void between_two_looks_it_is_inferred_and_of_a_circle_nothing(void **state)
{
	struct story *s = story_new(false);

	(void)state;
	open_one(s, HOLDER FIRST_WAIT);
	story_look(s, 1400, "");
	story_look(s, 1500, "");
	assert_told_begins(s, "resolved ");
	assert_string_equal(s->first[1], "1/10 inferred: all who waited for it went on, or ended, "
					 "between two looks");
	story_free(s);

	s = story_new(false);
	open_one(s, RING "waits 1/11 for B since 100\nwaits 1/12 for C since 100\n"
			 "waits 1/13 for A since 100\n");
	story_look(s, 1400, "");
	story_look(s, 1500, "");
	assert_told_begins(s, "resolved ");
	assert_string_equal(s->first[1], "");
	story_free(s);
}

static void a_look_that_failed_and_a_waiter_that_gave_up_are_no_movers(void **state)
{
	struct story *s = story_new(false);
	const char *two = HOLDER FIRST_WAIT "waits 1/12 for M since 200\n";

	(void)state;
	open_one(s, two);
	story_look(s, 1400, "");
	story_look(s, 1500, two);
	story_look(s, 1600, HOLDER FIRST_WAIT); /* 1/12 gave up: nobody waited for it */
	story_look(s, 1700,
		   "process 1 p\nlock M\nM is held by 1/30\nthread 1/30 x running\n" FIRST_WAIT);
	story_look(s, 1800, "");
	story_look(s, 1900, "");
	assert_told_begins(s, "resolved ");
	assert_string_equal(s->first[1], "1/10 exact: let go of lock M");
	story_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(new_waiters_are_counted),
		cmocka_unit_test(who_grows_for_ever_is_told_ever_more_rarely),
		cmocka_unit_test(it_escalates_at_10_and_at_100_times_the_threshold),
		cmocka_unit_test(what_was_old_when_it_was_found_does_not_escalate_at_once),
		cmocka_unit_test(the_younger_of_two_that_merge_is_closed_into_the_older),
		cmocka_unit_test(one_look_does_not_merge),
		cmocka_unit_test(one_that_splits_is_two),
		cmocka_unit_test(one_look_does_not_split),
		cmocka_unit_test(who_leaves_a_circle_first_moved_first),
		cmocka_unit_test(who_let_go_of_the_lock_moved_first),
		cmocka_unit_test(between_two_looks_it_is_inferred_and_of_a_circle_nothing),
		cmocka_unit_test(a_look_that_failed_and_a_waiter_that_gave_up_are_no_movers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
