// SPDX-License-Identifier: GPL-2.0
/* Circles of threads, and lookalikes that are none. */
#include "story.h"

#define ABBA                                                                                       \
	"process 1 bank\n"                                                                         \
	"lock A\n"                                                                                 \
	"lock B\n"                                                                                 \
	"waits 1/11 for B since 100\n"                                                             \
	"waits 1/12 for A since 150\n"                                                             \
	"A is held by 1/11\n"                                                                      \
	"B is held by 1/12\n"

static void abba_is_told_once_and_names_no_bystander(void **state)
{
	struct story *s = story_new(false);
	const char *look = ABBA "park cond\n"
				"waits 1/13 for cond since 5 before\n"
				"cond is held by nobody\n"
				"thread 1/14 sleeper sleeping\n"
				"thread 1/15 poller event-wait\n"
				"thread 1/16 reader io\n";

	(void)state;
	story_look(s, 900, look);
	assert_silent(s);
	story_look(s, 1100, look);
	assert_told(s, "opened deadlock certain: cycle 1/11-B 1/12-A; since 100; stuck 2");
	assert_string_equal(s->wants, "1/11 1/12");
	assert_string_equal(s->title[0], "deadlock");
	assert_string_equal(s->summary[0],
			    "2 threads of bank (1) cannot go on: t11 (11) waits for lock B, held "
			    "by t12 (12), which waits for lock A, held by t11 (11).");
	for (int now = 1200; now < 9000; now += 100)
		story_look(s, now, look);
	assert_silent(s);
	story_end(s, 9000);
	assert_string_equal(s->ended, "opened 1, open 1");
	story_free(s);
}

#define JOINED                                                                                     \
	"process 1 pool\n"                                                                         \
	"park J11 kind thread\npark J12 kind thread\npark J13 kind thread\n"                       \
	"waits 1/11 joins J12 since 100\nwaits 1/12 joins J13 since 110\n"                         \
	"waits 1/13 joins J11 since 120\n"                                                         \
	"J12 is held by 1/12\nJ13 is held by 1/13\n"

static void threads_that_join_in_a_circle(void **state)
{
	struct story *s = story_new(false);

	(void)state;
	story_look(s, 1110, JOINED "J11 is held by 1/11\n");
	assert_silent(s);
	story_look(s, 1150, JOINED "J11 is held by 1/11\n");
	assert_told(s, "opened deadlock certain: cycle 1/11-J12 1/12-J13 1/13-J11; since 100; "
		       "stuck 3");
	assert_string_equal(s->title[0], "deadlock: threads wait for each other to end");
	story_free(s);
}

static void a_circle_of_joins_that_one_step_is_inferred_of_is_none(void **state)
{
	struct story *s = story_new(false);

	(void)state;
	for (int now = 1100; now < 30000; now += 500)
		story_look(s, now, JOINED "J11 is held by 1/11 inferred\n");
	assert_silent(s);
	story_free(s);
}

#define DAEMONS                                                                                    \
	"process 1 authd\nprocess 2 named\n"                                                       \
	"empty A kind unix-stream-empty\nempty B kind unix-stream-empty\n"                         \
	"waits 1/1 for A since 100\nwaits 2/2 for B since 2000\n"                                  \
	"A is held by 2/2\n"

/* Nobody asked for them: it takes ten times as long. */
static void daemons_that_wait_for_each_others_answers(void **state)
{
	struct story *s = story_new(false);

	(void)state;
	for (int now = 3000; now < 12000; now += 500)
		story_look(s, now, DAEMONS "B is held by 1/1\n");
	assert_silent(s);
	story_look(s, 12000, DAEMONS "B is held by 1/1\n");
	assert_told(s, "opened deadlock likely: cycle 1/1-A 2/2-B; since 100; stuck 2");
	assert_string_equal(s->title[0], "deadlock across processes");
	assert_non_null(strstr(s->doubts[0], "None of them waits for a lock"));
	story_free(s);
}

static void an_answer_that_others_could_give_as_well(void **state)
{
	struct story *s = story_new(false);

	(void)state;
	for (int now = 3000; now < 40000; now += 1000)
		story_look(s, now,
			   DAEMONS "B is held by 1/1\nB is held by 3/3\n"
				   "thread 3/3 idler event-wait\n");
	assert_silent(s);
	story_free(s);
}

static void a_cycle_seen_in_one_look_only_is_none(void **state)
{
	struct story *s = story_new(false);

	(void)state;
	/* Contention: read one after the other, the picture shows a circle. */
	story_look(s, 5000,
		   "lock A\nlock B\n"
		   "waits 1/11 for B since 4000 about\nwaits 1/12 for A since 4000 about\n"
		   "A is held by 1/11\nB is held by 1/12\n");
	story_look(s, 5100,
		   "lock A\nlock B\n"
		   "waits 1/11 for B since 5050 about\nwaits 1/12 for A since 5060 about\n"
		   "A is held by 1/11\nB is held by 1/12\n");
	assert_silent(s);
	story_free(s);
}

static void a_member_that_moves_breaks_the_cycle(void **state)
{
	struct story *s = story_new(false);

	(void)state;
	/* 11 has waited for long; 12 only passes by, again and again. */
	for (int now = 1000; now < 2000; now += 100) {
		char look[512];

		snprintf(look, sizeof(look),
			 "lock A\nlock B\n"
			 "thread 1/12 busy lock-wait moved %d at %d\n"
			 "waits 1/11 for B since 100 about\nwaits 1/12 for A since %d about\n"
			 "A is held by 1/11\nB is held by 1/12\n",
			 now, now, now - 50);
		story_look(s, now, look);
	}
	assert_silent(s);
	story_free(s);
}

static void three_in_a_ring_with_twenty_queued(void **state)
{
	struct story *s = story_new(false);
	char look[4096];
	size_t n = 0;

	(void)state;
	n = add(look, sizeof(look), n,
		"process 1 ring\nlock A\nlock B\nlock C\n"
		"waits 1/11 for B since 100\nwaits 1/12 for C since 110\n"
		"waits 1/13 for A since 120\n"
		"A is held by 1/11\nB is held by 1/12\nC is held by 1/13\n");
	for (int i = 0; i < 20; i++)
		n = add(look, sizeof(look), n, "waits 1/%d for %c since %d\n", 20 + i, "ABC"[i % 3],
			200 + i);
	story_look(s, 1300, look);
	story_look(s, 1400, look);
	assert_told_begins(s, "opened deadlock certain: cycle 1/11-B 1/12-C 1/13-A waiting "
			      "1/20-A 1/21-B ");
	assert_non_null(strstr(s->told[0], " 1/39-B; since 100; stuck 23"));
	assert_int_equal(s->n_wants, 23);
	assert_silent(s);
	story_free(s);
}

static void a_thread_that_waits_for_itself(void **state)
{
	struct story *s = story_new(false);
	const char *look = "process 1 retain\nlock M\nwaits 1/1 for M since 100\n"
			   "M is held by 1/1\nwaits 1/2 for M since 300\n";

	(void)state;
	story_look(s, 1200, look);
	story_look(s, 1300, look);
	assert_told(s, "opened self-deadlock certain: cycle 1/1-M waiting 1/2-M; since 100; "
		       "stuck 2");
	assert_string_equal(s->summary[0], "2 threads of retain (1) cannot go on: t1 (1) waits "
					   "for lock M, which it holds itself.");
	story_free(s);
}

static void a_cycle_across_two_processes(void **state)
{
	struct story *s = story_new(false);
	const char *look = "process 1 left\nprocess 2 right\nlock A\nlock B\n"
			   "waits 1/11 for B since 100\nwaits 2/21 for A since 150\n"
			   "A is held by 1/11\nB is held by 2/21\n";

	(void)state;
	story_look(s, 1200, look);
	story_look(s, 1300, look);
	assert_told(s, "opened deadlock certain: cycle 1/11-B 2/21-A; since 100; stuck 2");
	assert_string_equal(s->title[0], "deadlock across processes");
	assert_string_equal(s->summary[0],
			    "2 threads of several processes cannot go on: t11 (11) of left (1) "
			    "waits for lock B, held by t21 (21) of right (2), which waits for "
			    "lock A, held by t11 (11) of left (1).");
	story_free(s);
}

static void who_holds_the_lock_of_the_thread_it_joins(void **state)
{
	struct story *s = story_new(false);
	const char *look = "process 1 p\nlock M\npark T12\n"
			   "waits 1/11 joins T12 since 50\nwaits 1/12 for M since 100\n"
			   "T12 is held by 1/12\nM is held by 1/11\n"
			   "park T11\nwaits 1/1 joins T11 since 10\nT11 is held by 1/11\n";

	(void)state;
	story_look(s, 1200, look);
	story_look(s, 1300, look);
	/* The wait that is a stall is the lock's; main only joins, but cannot go on either. */
	assert_told(s, "opened deadlock certain: cycle 1/11-T12 1/12-M waiting 1/1-T11; "
		       "since 100; stuck 3");
	story_free(s);
}

static void one_circle_out_of_many_holders_is_the_shortest(void **state)
{
	struct story *s = story_new(false);
	/* 11 waits for a lock that 12 and 14 read; 14 leads back by a longer way. */
	const char *look = "process 1 p\nlock A\nlock B\nlock C\nlock D\n"
			   "waits 1/11 for B since 100\nwaits 1/12 for A since 110\n"
			   "waits 1/14 for C since 120\nwaits 1/13 for D since 120\n"
			   "A is held by 1/11\nB is held by 1/14\nB is held by 1/12\n"
			   "C is held by 1/13\nD is held by 1/11\n";

	(void)state;
	story_look(s, 1200, look);
	story_look(s, 1300, look);
	assert_told(s, "opened deadlock certain: cycle 1/11-B 1/12-A 1/13-D 1/14-C; since 100; "
		       "stuck 4");
	assert_non_null(strstr(s->summary[0], "t11 (11) waits for lock B, held by t12 (12), which "
					      "waits for lock A, held by t11 (11)."));
	story_free(s);
}

static void a_way_out_of_a_circle_of_locks_is_none(void **state)
{
	struct story *s = story_new(false);
	/* B is read by 12 and by 5, who only sleeps: when he lets go, nothing moves. */
	const char *look = "lock A\nlock B\nwaits 1/11 for B since 100\n"
			   "waits 1/12 for A since 110\nA is held by 1/11\n"
			   "B is held by 1/5\nB is held by 1/12\nthread 1/5 h sleeping ran 50\n";

	(void)state;
	story_look(s, 1200, look);
	story_look(s, 1300, look);
	assert_told(s,
		    "opened deadlock certain: cycle 1/11-B 1/12-A holder 1/5; since 100; stuck 2");
	story_free(s);
}

static void a_way_out_of_a_circle_through_a_queue_is_the_root(void **state)
{
	struct story *s = story_new(false);
	/* Any reader would do: 5 would, if he did not sleep. */
	const char *look = "lock A\nqueue Q\nwaits 1/11 sends-to Q since 100\n"
			   "waits 1/12 for A since 110\nA is held by 1/11\n"
			   "Q is held by 1/5\nQ is held by 1/12\nthread 1/5 h sleeping ran 50\n";

	(void)state;
	story_look(s, 1200, look);
	story_look(s, 1300, look);
	assert_told(s, "opened queue-full certain: root 1/5 holder 1/11-Q 1/12-A; since 100; "
		       "stuck 2");
	story_free(s);
}

static void two_stalls_with_one_root_are_one(void **state)
{
	struct story *s = story_new(false);
	const char *look = "process 1 p\nlock A\nlock B\nthread 1/10 root sleeping\n"
			   "waits 1/11 for A since 100\nwaits 1/12 for B since 150\n"
			   "A is held by 1/10\nB is held by 1/10\n";

	(void)state;
	story_look(s, 1200, look);
	story_look(s, 1300, look);
	assert_told(s, "opened slow-holder certain: root 1/10 waiting 1/11-A 1/12-B; since 100; "
		       "stuck 2");
	assert_silent(s);
	story_free(s);
}

static void two_roots_are_two_stalls(void **state)
{
	struct story *s = story_new(false);
	const char *look = ABBA "lock M\nthread 1/20 root sleeping\nwaits 1/21 for M since 90\n"
				"M is held by 1/20\n";

	(void)state;
	story_look(s, 1200, look);
	story_look(s, 1300, look);
	assert_told(s, "opened deadlock certain: cycle 1/11-B 1/12-A; since 100; stuck 2");
	assert_told(s, "opened slow-holder certain: root 1/20 waiting 1/21-M; since 90; stuck 1");
	assert_silent(s);
	assert_string_not_equal(s->id[0], s->id[1]);
	story_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(abba_is_told_once_and_names_no_bystander),
		cmocka_unit_test(threads_that_join_in_a_circle),
		cmocka_unit_test(a_circle_of_joins_that_one_step_is_inferred_of_is_none),
		cmocka_unit_test(daemons_that_wait_for_each_others_answers),
		cmocka_unit_test(an_answer_that_others_could_give_as_well),
		cmocka_unit_test(a_cycle_seen_in_one_look_only_is_none),
		cmocka_unit_test(a_member_that_moves_breaks_the_cycle),
		cmocka_unit_test(three_in_a_ring_with_twenty_queued),
		cmocka_unit_test(a_thread_that_waits_for_itself),
		cmocka_unit_test(a_cycle_across_two_processes),
		cmocka_unit_test(who_holds_the_lock_of_the_thread_it_joins),
		cmocka_unit_test(one_circle_out_of_many_holders_is_the_shortest),
		cmocka_unit_test(a_way_out_of_a_circle_of_locks_is_none),
		cmocka_unit_test(a_way_out_of_a_circle_through_a_queue_is_the_root),
		cmocka_unit_test(two_stalls_with_one_root_are_one),
		cmocka_unit_test(two_roots_are_two_stalls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
