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

static void a_process_that_stands_still(void **state)
{
	static const char look[] = "process 1 device of %d\nlock M\nlock N\n"
				   "waits 1/1 for M since 100\nM is held by 1/2\n"
				   "waits 1/2 for N since 100\nN is held by 1/1\n"
				   "waits 1/3 for N since 100\n";
	char text[512];

	(void)state;
	for (int n = 3; n <= 4; n++) {
		struct story *s = story_new(false);

		snprintf(text, sizeof(text), look, n);
		story_look(s, 1100, text);
		story_look(s, 1200, text);
		assert_told_begins(s, "opened deadlock ");
		if (n == 3)
			assert_non_null(strstr(s->summary[0], "makes no progress"));
		else
			assert_null(strstr(s->summary[0], "makes no progress"));
		story_free(s);
	}
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
		cmocka_unit_test(a_process_that_stands_still),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
