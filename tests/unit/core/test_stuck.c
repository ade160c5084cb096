// SPDX-License-Identifier: GPL-2.0
/* What is stuck without being a circle: dead owners, full queues, slow holders. */
#include "story.h"

/* Four producers, a dispatcher that is their only reader, and snmpd. */
#define STORY_1(snmpd)                                                                             \
	"process 306 statemachined of 14\nprocess 288 snmpd\n"                                     \
	"queue Q\nbacklog agentx\n"                                                                \
	"waits 306/311 sends-to Q since 120 about\n"                                               \
	"waits 306/312 sends-to Q since 130 about\n"                                               \
	"waits 306/313 sends-to Q since 140 about\n"                                               \
	"waits 306/314 sends-to Q since 150 about\n"                                               \
	"Q is held by 306/317 inferred\n"                                                          \
	"waits 306/317 connects-to agentx since 100 about\n"                                       \
	"agentx is held by 288/0\n" snmpd

static void producers_behind_a_queue_behind_a_backlog(void **state)
{
	struct story *s = story_new(false);
	const char *look = STORY_1("thread 288/0 snmpd sleeping ran 90\n");

	(void)state;
	story_look(s, 1200, look);
	assert_silent(s);
	story_look(s, 1300, look);
	assert_told(s, "opened queue-full likely: root 288/0 holder 306/317-agentx "
		       "waiting 306/311-Q 306/312-Q 306/313-Q 306/314-Q; since 100; stuck 5");
	assert_string_equal(s->title[0], "queue full behind a blocked reader");
	assert_string_equal(s->summary[0],
			    "5 threads of statemachined (306) cannot go on: queue Q is full and "
			    "its reader t317 (317) waits for snmpd (288), which does not accept "
			    "(sleeping in nanosleep).");
	assert_string_equal(s->doubts[0], "That t317 (317) of statemachined (306) is the one to "
					  "read queue Q is inferred: it read it last.");
	assert_silent(s);
	story_free(s);
}

static void the_listener_is_stopped(void **state)
{
	struct story *s = story_new(true);
	const char *look = STORY_1("thread 288/0 snmpd stopped\n");

	(void)state;
	story_look(s, 1200, look);
	story_look(s, 1300, look);
	assert_told_begins(s, "snapshot queue-full likely: root 288/0 holder 306/317-agentx ");
	assert_non_null(strstr(s->summary[0], "snmpd (288), which does not accept (stopped)."));
	story_free(s);
}

static void a_backlog_is_told_whatever_the_listener_does(void **state)
{
	static const char *const does[] = {"event-wait", "running moved 7", "io", "unknown"};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct story *s = story_new(false);
		char look[512];

		snprintf(look, sizeof(look),
			 "backlog sock\nwaits 1/11 connects-to sock since 100\n"
			 "sock is held by 2/21\nthread 2/21 srv %s\n",
			 does[i]);
		story_look(s, 1200, look);
		story_look(s, 1300, look);
		assert_told_begins(s, "opened backlog-full ");
		assert_silent(s);
		story_free(s);
	}
}

static void a_queue_whose_reader_is_dead_stopped_or_asleep(void **state)
{
	static const struct {
		const char *reader, *title;
	} cases[] = {
		{"Q is held by 2/21 gone\n", "queue full behind a dead reader"},
		{"Q is held by 2/21\nthread 2/21 r stopped\n",
		 "queue full behind a stopped reader"},
		{"Q is held by 2/21\nthread 2/21 r sleeping ran 50\n",
		 "queue full behind a sleeping reader"},
		{"Q is held by nobody\n", "queue full, and nobody is known to read it"},
	};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct story *s = story_new(false);
		char look[512];

		snprintf(look, sizeof(look), "queue Q\nwaits 1/11 sends-to Q since 100\n%s",
			 cases[i].reader);
		story_look(s, 1200, look);
		story_look(s, 1300, look);
		assert_told_begins(s, "opened queue-full ");
		assert_string_equal(s->title[0], cases[i].title);
		story_free(s);
	}
}

static void one_of_two_readers_is_enough(void **state)
{
	struct story *s = story_new(false);
	const char *stuck = "queue Q\nlock M\nwaits 1/11 sends-to Q since 100\n"
			    "Q is held by 1/21\nQ is held by 1/22\n"
			    "M is held by 1/23\nthread 1/23 h stopped\n"
			    "waits 1/21 for M since 100\n";
	char look[512];

	(void)state;
	for (int now = 500; now < 4000; now += 100) {
		snprintf(look, sizeof(look), "%sthread 1/22 r event-wait moved %d\n", stuck, now);
		story_look(s, now, look);
	}
	/* The lock is a stall of its own; the queue goes on through 22. */
	assert_told(s, "opened slow-holder certain: root 1/23 waiting 1/21-M; since 100; stuck 1");
	assert_silent(s);
	snprintf(look, sizeof(look), "%swaits 1/22 for M since 4000\n", stuck);
	for (int now = 4100; now < 6000; now += 100)
		story_look(s, now, look);
	/* 11 has nobody left to read for it; when that has lasted, it is the queue's story. */
	assert_told(s, "changed slow-holder certain: root 1/23 waiting 1/21-M 1/22-M; since 100; "
		       "stuck 2");
	assert_told(s, "changed queue-full certain: root 1/23 holder 1/21-M 1/22-M "
		       "waiting 1/11-Q; since 100; stuck 3");
	assert_silent(s);
	story_free(s);
}

static void the_owner_is_gone(void **state)
{
	struct story *s = story_new(false);
	const char *look = "process 1 p\nlock M\nwaits 1/11 for M since 100\n"
			   "waits 1/12 for M since 110\nM is held by 1/99 gone\n";

	(void)state;
	story_look(s, 1200, look);
	story_look(s, 1300, look);
	assert_told(s, "opened owner-gone certain: root 1/99 waiting 1/11-M 1/12-M; since 100; "
		       "stuck 2");
	assert_string_equal(s->summary[0],
			    "2 threads of p (1) cannot go on: lock M is held by thread 99, which "
			    "does not exist any more.");
	/* No stack of a thread that is not there. */
	assert_string_equal(s->wants, "1/11 1/12");
	story_free(s);
}

static void what_a_slow_holder_does(void **state)
{
	static const struct {
		const char *does, *title;
	} cases[] = {
		{"sleeping", "lock held by a sleeping thread"},
		{"running", "lock held by a running thread"},
		{"stopped", "lock held by a stopped thread"},
		{"io", "lock held by a thread in I/O"},
	};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct story *s = story_new(false);
		char look[512];

		snprintf(look, sizeof(look),
			 "lock M\nwaits 1/11 for M since 100\nM is held by 1/12\n"
			 "thread 1/12 holder %s\n",
			 cases[i].does);
		story_look(s, 900, look);
		story_look(s, 1000, look);
		assert_silent(s);
		story_look(s, 1100, look);
		assert_told(s, "opened slow-holder certain: root 1/12 waiting 1/11-M; since 100; "
			       "stuck 1");
		assert_string_equal(s->title[0], cases[i].title);
		story_free(s);
	}
}

static void a_holder_that_polls_at_one_place(void **state)
{
	struct story *s = story_new(false);
	char look[512];

	(void)state;
	/* A hundred times a second it wakes up, and goes back to the same sleep. */
	for (int now = 800; now <= 1100; now += 100) {
		snprintf(look, sizeof(look),
			 "lock M\nwaits 1/16 for M since 100\nM is held by 1/1\n"
			 "thread 1/1 gc sleeping at 77 moved %d\n",
			 now);
		assert_silent(s);
		story_look(s, now, look);
	}
	assert_told(s, "opened slow-holder likely: root 1/1 waiting 1/16-M; since 100; stuck 1");
	assert_string_equal(s->title[0], "lock held by a polling thread");
	story_free(s);
}

static void a_holder_that_moves_gets_twice_the_threshold(void **state)
{
	struct story *s = story_new(false);
	char look[512];

	(void)state;
	for (int now = 500; now < 2100; now += 100) {
		snprintf(look, sizeof(look),
			 "lock M\nwaits 1/11 for M since 100\nM is held by 1/12\n"
			 "thread 1/12 busy io moved %d at %d\n",
			 now, now);
		story_look(s, now, look);
		assert_silent(s);
	}
	story_look(s, 2100, look);
	story_look(s, 2200, look);
	assert_told_begins(s, "opened slow-holder ");
	story_free(s);
}

static void a_lock_that_passes_by_the_same_waiter(void **state)
{
	struct story *s = story_new(false);
	char look[512];

	(void)state;
	for (int now = 500; now <= 1100; now += 100) {
		assert_silent(s);
		snprintf(look, sizeof(look),
			 "lock M\nwaits 1/11 for M since 100\nM is held by 1/%d\n"
			 "thread 1/%d busy running moved %d\n",
			 20 + now / 100, 20 + now / 100, now);
		story_look(s, now, look);
	}
	assert_told(s, "opened slow-holder likely: root 1/31 waiting 1/11-M; since 100; stuck 1");
	assert_string_equal(s->title[0], "lock that changes hands, but not to those who wait");
	story_free(s);
}

static void an_idle_reader_of_a_lock_does_not_excuse_a_sleeping_one(void **state)
{
	struct story *s = story_new(false);
	const char *look = "lock M\nwaits 1/11 for M since 100\nM is held by 1/21\n"
			   "M is held by 1/22\nthread 1/21 loop event-wait\n"
			   "thread 1/22 r sleeping\n";

	(void)state;
	story_look(s, 1200, look);
	story_look(s, 1300, look);
	assert_told(s, "opened slow-holder certain: root 1/22 holder 1/21 waiting 1/11-M; "
		       "since 100; stuck 1");
	story_free(s);
}

static void an_idle_owner_does_not_excuse_the_one_after_him(void **state)
{
	struct story *s = story_new(false);
	const char *idle = "lock M\nwaits 1/11 for M since 100\nM is held by 1/21\n"
			   "thread 1/21 loop event-wait\n";
	const char *asleep = "lock M\nwaits 1/11 for M since 100\nM is held by 1/22\n"
			     "thread 1/22 other sleeping\n";

	(void)state;
	story_look(s, 1200, idle);
	story_look(s, 1300, idle);
	story_look(s, 1400, asleep);
	assert_silent(s);
	story_look(s, 1500, asleep);
	assert_told(s, "opened slow-holder likely: root 1/22 waiting 1/11-M; since 100; stuck 1");
	story_free(s);
}

static void a_lock_without_an_owner_field(void **state)
{
	struct story *s = story_new(false);
	const char *look = "process 1 p\nlock M\nwaits 1/11 for M since 100\n"
			   "M is held by nobody\n";

	(void)state;
	story_look(s, 1200, look);
	story_look(s, 1300, look);
	assert_told(s, "opened unknown-holder possible: waiting 1/11-M; since 100; stuck 1");
	assert_string_equal(s->summary[0], "t11 (11) of p (1) cannot go on: lock M has no "
					   "holder that is known.");
	assert_string_equal(s->doubts[0], "Who could end the waits on lock M is not known: this "
					  "kind of lock records no owner.");
	story_free(s);
}

static void a_chain_is_told_from_end_to_end(void **state)
{
	struct story *s = story_new(false);
	char look[4096];
	size_t n = 0;

	(void)state;
	n = add(look, sizeof(look), n, "process 1 p\nthread 1/100 last sleeping\n");
	for (int i = 0; i < 20; i++)
		n = add(look, sizeof(look), n,
			"lock L%d\nwaits 1/%d for L%d since %d\nL%d is held by 1/%d\n", i, 80 + i,
			i, 100 + i, i, 81 + i);
	story_look(s, 2000, look);
	story_look(s, 2100, look);
	assert_told_begins(s, "opened slow-holder certain: root 1/100 holder 1/81-L1 1/82-L2 ");
	assert_string_equal(s->summary[0],
			    "20 threads of p (1) cannot go on: lock L0 is held by t81 (81), which "
			    "waits for lock L1, held by t82 (82), which waits for lock L2, held "
			    "by t83 (83), which waits for lock L3, held by t84 (84), which waits "
			    "for lock L4, held by t85 (85), and so on through 14 more to last "
			    "(100), which is sleeping in nanosleep.");
	story_free(s);
}

static void a_process_of_one_thread_is_that_thread(void **state)
{
	struct story *s = story_new(false);
	/* 11 connects to 2, which has one thread; that one waits for a lock of 11. */
	const char *look = "process 1 p\nprocess 2 server of 1\nbacklog sock\nlock M\n"
			   "waits 1/11 connects-to sock since 100\nsock is held by 2/0\n"
			   "waits 2/2 for M since 90\nM is held by 1/11\n";

	(void)state;
	story_look(s, 1200, look);
	story_look(s, 1300, look);
	assert_told(s, "opened deadlock certain: cycle 1/11-sock 2/2-M; since 90; stuck 2");
	story_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(producers_behind_a_queue_behind_a_backlog),
		cmocka_unit_test(the_listener_is_stopped),
		cmocka_unit_test(a_backlog_is_told_whatever_the_listener_does),
		cmocka_unit_test(a_queue_whose_reader_is_dead_stopped_or_asleep),
		cmocka_unit_test(one_of_two_readers_is_enough),
		cmocka_unit_test(the_owner_is_gone),
		cmocka_unit_test(what_a_slow_holder_does),
		cmocka_unit_test(a_holder_that_polls_at_one_place),
		cmocka_unit_test(a_holder_that_moves_gets_twice_the_threshold),
		cmocka_unit_test(a_lock_that_passes_by_the_same_waiter),
		cmocka_unit_test(an_idle_reader_of_a_lock_does_not_excuse_a_sleeping_one),
		cmocka_unit_test(an_idle_owner_does_not_excuse_the_one_after_him),
		cmocka_unit_test(a_lock_without_an_owner_field),
		cmocka_unit_test(a_chain_is_told_from_end_to_end),
		cmocka_unit_test(a_process_of_one_thread_is_that_thread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
