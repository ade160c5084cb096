// SPDX-License-Identifier: GPL-2.0
/* Rules that go by what several looks saw of a holder, or of a lock that has none. */
#include "story.h"

/* Looks every 100 ms at a holder: moved and cpu grow by so much from look to look. */
struct holder {
	const char *does;
	int moved, cpu;
	const char *more;
};

static void look_at(struct story *s, int now, const struct holder *h, int place)
{
	char look[512];
	int n = now / 100;

	snprintf(look, sizeof(look),
		 "lock M\nwaits 1/16 for M since 100\nM is held by 1/1\n"
		 "thread 1/1 gc %s at %d moved %d cpu %d %s\n",
		 h->does, place, 1 + n * h->moved, 1 + n * h->cpu, h->more);
	story_look(s, now, look);
}

static struct story *watch(const struct holder *h, int until)
{
	struct story *s = story_new(false);

	for (int now = 700; now <= until; now += 100)
		look_at(s, now, h, 77);
	return s;
}

static void a_holder_that_polls(void **state)
{
	struct holder h = {"sleeping", 10, 1, "timed left 9"};
	struct story *s = watch(&h, 1100);

	(void)state;
	assert_told(s, "opened polling-holder likely: root 1/1 waiting 1/16-M; since 100; stuck 1");
	assert_string_equal(s->title[0], "stalled behind a polling holder");
	assert_string_equal(s->summary[0],
			    "t16 (16) of process (1) cannot go on: lock M is held by gc (1), which "
			    "has held it throughout and polls in timed waits of 10 ms at the same "
			    "place (40 times in 400 ms).");
	story_free(s);
}

/* On a slow machine two looks are far apart, and it hung for long before the first. */
static void two_looks_do_not_tell(void **state)
{
	struct holder h = {"sleeping", 10, 1, "timed left 9"};
	struct story *s = story_new(false);

	(void)state;
	look_at(s, 10000, &h, 77);
	look_at(s, 12000, &h, 77);
	assert_silent(s);
	look_at(s, 14000, &h, 77);
	assert_told_begins(s, "opened polling-holder likely: root 1/1 ");
	story_free(s);
}

static void a_look_may_catch_it_awake(void **state)
{
	struct holder h = {"sleeping", 10, 1, "timed left 9"};
	struct holder awake = {"running", 10, 1, ""};
	struct story *s = watch(&h, 1000);

	(void)state;
	look_at(s, 1100, &awake, 0);
	assert_told_begins(s, "opened polling-holder likely: root 1/1 ");
	look_at(s, 1200, &h, 77);
	assert_silent(s);
	story_free(s);
}

static void what_is_no_polling(void **state)
{
	static const struct holder cases[] = {
		{"sleeping", 10, 50, "timed left 9"},  /* it works in between */
		{"sleeping", 10, 1, ""},	       /* nothing says that time wakes it */
		{"sleeping", 10, 1, "timed left 900"}, /* somebody wakes it, long before its time */
		{"sleeping", 0, 0, "timed left 9000"}, /* it just sleeps */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct story *s = watch(&cases[i], 2300);

		assert_told_begins(s, "opened slow-holder ");
		story_free(s);
	}
}

static void at_many_places(void **state)
{
	struct holder h = {"sleeping", 10, 1, "timed left 9"};
	struct story *s = story_new(false);

	(void)state;
	for (int now = 700; now <= 2300; now += 100)
		look_at(s, now, &h, 70 + now / 100 % 3);
	assert_told_begins(s, "opened slow-holder ");
	story_free(s);
}

/* A lock that goes round among so many, held by another one at each look. */
static void queue_for(struct story *s, int now, int waiting, int holder)
{
	char look[2048];
	int n = snprintf(look, sizeof(look), "lock M\n");

	for (int i = 0; i < waiting; i++)
		n += snprintf(look + n, sizeof(look) - (size_t)n, "waits 1/%d for M since %d\n",
			      20 + i, 100 + i);
	snprintf(look + n, sizeof(look) - (size_t)n,
		 "M is held by 1/%d\nthread 1/%d w running moved %d\n", holder, holder, now);
	story_look(s, now, look);
}

static void a_convoy(void **state)
{
	struct story *s = story_new(false);

	(void)state;
	for (int now = 500; now <= 1200; now += 100)
		queue_for(s, now, 6, 50 + now / 100);
	assert_told_begins(s, "opened convoy likely: root 1/61 waiting 1/20-M 1/21-M ");
	assert_string_equal(s->title[0], "a long queue for a lock that goes from hand to hand");
	assert_int_equal(s->severity[0], SEVERITY_CONTENTION);
	assert_int_equal(engine_worst(s->engine), SEVERITY_CONTENTION);
	story_free(s);
}

static void two_that_are_passed_by_are_no_convoy(void **state)
{
	struct story *s = story_new(false);

	(void)state;
	for (int now = 500; now <= 1200; now += 100)
		queue_for(s, now, 2, 50 + now / 100);
	assert_told_begins(s, "opened slow-holder likely: ");
	assert_string_equal(s->title[0], "lock that changes hands, but not to those who wait");
	assert_int_equal(s->severity[0], SEVERITY_STALL);
	assert_int_equal(engine_worst(s->engine), SEVERITY_STALL);
	story_free(s);
}

static void a_lost_wakeup(void **state)
{
	struct story *s = story_new(false);
	const char *look = "lock M word 0\nwaits 1/16 for M since 100\nM is held by nobody\n";

	(void)state;
	story_look(s, 900, look);
	story_look(s, 1000, look);
	story_look(s, 1100, look);
	assert_told_begins(s, "opened lost-wakeup ");
	assert_string_equal(s->title[0], "lock is free, and those who wait for it were not woken");
	story_free(s);
}

static void a_free_lock_that_others_come_and_go_for(void **state)
{
	struct story *s = story_new(false);
	char look[512];

	(void)state;
	for (int now = 800; now <= 1300; now += 100) {
		snprintf(look, sizeof(look),
			 "lock M word 0\nwaits 1/16 for M since 100\nthread 1/17 w lock-wait moved "
			 "%d\nwaits 1/17 for M since %d\nM is held by nobody\n",
			 now, now - 50);
		story_look(s, now, look);
	}
	assert_told_begins(s, "opened unknown-holder ");
	story_free(s);
}

static void a_starved_holder(void **state)
{
	struct story *s = story_new(false);
	const char *look = "lock M\nwaits 1/16 for M since 100\nM is held by 1/1\n"
			   "thread 1/1 idle running ran 90\n";

	(void)state;
	for (int now = 900; now <= 2500; now += 100)
		story_look(s, now, look);
	assert_told_begins(s, "opened slow-holder ");
	assert_told_begins(s, "changed starved-holder ");
	story_free(s);
}

/* Its group's quota is used up: 4 ms in each 100 is what it gets. */
static void a_holder_that_gets_next_to_nothing(void **state)
{
	struct holder h = {"running", 1, 4, ""};
	struct story *s = watch(&h, 3500);

	(void)state;
	assert_told_begins(s, "opened slow-holder ");
	assert_told_begins(s, "changed starved-holder ");
	assert_string_equal(s->summary[1],
			    "t16 (16) of process (1) cannot go on: lock M is held by gc (1), which "
			    "is runnable, but got a processor for 96 ms in 2.4 s.");
	story_free(s);
}

static void who_runs_is_not_starved(void **state)
{
	static const struct holder all[] = {
		{"running", 0, 100, ""}, /* all the time */
		{"running", 1, 6, ""},	 /* a little; there are many others */
		{"sleeping", 1, 0, ""},	 /* does not want to run */
		{"running", 1, 0, ""},	 /* how much it has run is not known: see below */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct story *s = story_new(false);

		for (int now = 700; now <= 4000; now += 100) {
			char look[256];

			snprintf(look, sizeof(look),
				 "lock M\nwaits 1/16 for M since 100\nM is held by 1/1\n"
				 "thread 1/1 gc %s at 7 moved %d cpu %d\n",
				 all[i].does, 1 + now / 100 * all[i].moved, now / 100 * all[i].cpu);
			story_look(s, now, look);
		}
		for (size_t k = 0; k < s->n_told; k++)
			assert_null(strstr(s->told[k], "starved"));
		story_free(s);
	}
}

/* What is said before all else of threads that are told in some looks. */
static void assert_heading(const char *look, const char *heading)
{
	struct story *s = story_new(false);

	for (int now = 1000; now <= 1300; now += 100)
		story_look(s, now, look);
	assert_true(s->n_told > 0);
	assert_string_equal(s->heading[s->n_told - 1], heading);
	story_free(s);
}

#define CIRCLE                                                                                     \
	"lock M\nlock N\nwaits 1/1 for M since 100\nM is held by 1/2\n"                            \
	"waits 1/2 for N since 100\nN is held by 1/1\nwaits 1/3 for N since 150\n"

static void a_process_that_stands_still(void **state)
{
	(void)state;
	assert_heading("process 1 device of 3\n" CIRCLE,
		       "the whole process 1 device has made no progress: all 3 of its threads are "
		       "stuck here");
	assert_heading("process 1 device of 4\n" CIRCLE, "");
	assert_heading("process 1 device of 5 unused 2\n" CIRCLE,
		       "the whole process 1 device has made no progress: all 3 of its threads that "
		       "ever ran are stuck here, 2 have been idle from the start");
	assert_heading("process 1 device of 6 unused 2\n" CIRCLE, "");
}

#define QUEUED "lock M\nwaits 1/1 for M since 100\nwaits 1/3 for M since 150\nM is held by 1/2\n"

static void its_own_root_may_be_what_moves(void **state)
{
	(void)state;
	assert_heading("process 1 device of 3\n" QUEUED "thread 1/2 h sleeping moved 1 ran 50\n",
		       "the whole process 1 device has made no progress: all 3 of its threads are "
		       "stuck here");
	assert_heading("process 1 device of 3\n" QUEUED "thread 1/2 h running moved 1\n", "");
	/* the root may itself be one of those that are parked since they were made */
	assert_heading("process 1 device of 4 unused 1\n" QUEUED
		       "thread 1/2 h lock-wait moved 1 ran 50\n",
		       "");
	assert_heading("process 1 device of 4 unused 1\n" QUEUED
		       "thread 1/2 h sleeping moved 1 ran 50\n",
		       "the whole process 1 device has made no progress: all 3 of its threads that "
		       "ever ran are stuck here, 1 has been idle from the start");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_holder_that_polls),
		cmocka_unit_test(two_looks_do_not_tell),
		cmocka_unit_test(a_look_may_catch_it_awake),
		cmocka_unit_test(what_is_no_polling),
		cmocka_unit_test(at_many_places),
		cmocka_unit_test(a_convoy),
		cmocka_unit_test(two_that_are_passed_by_are_no_convoy),
		cmocka_unit_test(a_lost_wakeup),
		cmocka_unit_test(a_free_lock_that_others_come_and_go_for),
		cmocka_unit_test(a_starved_holder),
		cmocka_unit_test(a_holder_that_gets_next_to_nothing),
		cmocka_unit_test(who_runs_is_not_starved),
		cmocka_unit_test(a_process_that_stands_still),
		cmocka_unit_test(its_own_root_may_be_what_moves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
