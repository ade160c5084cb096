// SPDX-License-Identifier: GPL-2.0
/* A flood of stalls is a few reports and a number; no stall is left out of both. */
#include "story.h"

struct tally {
	size_t opened, reopened, resolved, suppressed_events;
	uint64_t suppressed;
};

static int count(void *ctx, const struct report *r)
{
	struct tally *t = ctx;

	t->opened += r->event == EVENT_OPENED;
	t->reopened += r->event == EVENT_REOPENED;
	t->resolved += r->event == EVENT_RESOLVED;
	t->suppressed_events += r->event == EVENT_SUPPRESSED;
	t->suppressed += r->life.suppressed;
	assert_true(r->n_threads > 0 && r->signature[0]);
	return 0;
}

/* As story_new(), but reports are only counted. */
static struct story *counting(struct tally *t)
{
	struct story *s = story_new(false);
	struct engine_out out = {.report = count, .ctx = t};
	struct fact session = {.type = FACT_SESSION, .session.threshold_ns = 1000 * MS};

	engine_free(s->engine);
	assert_int_equal(engine_new(&out, &s->engine), 0);
	put(s, &session);
	return s;
}

/* One that lasts for 1.3 s, then nothing: a pair of its own each time, at places of its own or not.
 */
static void strike(struct story *s, uint64_t now, int n, bool own_place)
{
	char look[512];

	snprintf(look, sizeof(look),
		 "process 1 p\nlock M%d\nM%d is held by 1/%d\nthread 1/%d h sleeping\n"
		 "waits 1/%d for M%d since %d\nstack 1/%d hold%d main\nstack 1/%d want main\n",
		 n, n, 2 * n, 2 * n, 2 * n + 1, n, (int)now, 2 * n, own_place ? n : 0, 2 * n + 1);
	story_look(s, now + 1200, look);
	story_look(s, now + 1300, look);
	story_look(s, now + 1400, "");
	story_look(s, now + 1500, "");
}

static void of_one_bug_20_are_told_and_then_one_a_minute(void **state)
{
	struct tally t = {0};
	struct story *s = counting(&t);
	uint64_t now = 1000;

	(void)state;
	for (int n = 10; n < 70; n++, now += 2000)
		strike(s, now, n, false);
	/* in two minutes one more, or two, than at once */
	assert_in_range(t.opened, 20, 22);
	assert_int_equal(t.resolved, t.opened);
	assert_int_equal(t.suppressed_events, 1); /* at the end of the minute in which they came */
	story_look(s, now + 120000, "");
	assert_int_equal(t.suppressed_events, 2);
	assert_int_equal(t.opened + t.suppressed, 60);
	story_free(s);
}

static void another_bug_is_told_all_the_same(void **state)
{
	struct tally t = {0};
	struct story *s = counting(&t);
	uint64_t now = 1000;

	(void)state;
	for (int n = 10; n < 40; n++, now += 2000)
		strike(s, now, n, false);
	t = (struct tally){0};
	strike(s, now, 99, true);
	assert_int_equal(t.opened, 1);
	story_free(s);
}

static void of_all_bugs_100_are_told_at_once(void **state)
{
	struct tally t = {0};
	struct story *s = counting(&t);
	char *look = calloc(1, 1 << 20), *stacks = look + (1 << 19);
	size_t n = 0, n_stacks = 0;

	(void)state;
	n = add(look, 1 << 19, 0, "process 1 p\n");
	for (int i = 1000; i < 1250; i++) {
		n = add(look, 1 << 19, n,
			"lock M%d\nM%d is held by 1/%d\nthread 1/%d h sleeping\n"
			"waits 1/%d for M%d since 100\n",
			i, i, 2 * i, 2 * i, 2 * i + 1, i);
		n_stacks = add(stacks, 1 << 19, n_stacks, "stack 1/%d hold%d main\n", 2 * i, i);
	}
	add(look, 1 << 19, n, "%s", stacks);
	story_look(s, 1200, look);
	story_look(s, 1300, look);
	assert_int_equal(t.opened, 100);
	story_end(s, 1400);
	assert_int_equal(t.opened + t.suppressed, 250);
	assert_true(t.suppressed_events > 0);
	free(look);
	story_free(s);
}

/* The same thread holds the same lock too long, again and again. */
static void what_comes_and_goes_is_counted(void **state)
{
	struct tally t = {0};
	struct story *s = counting(&t);
	uint64_t now = 1000;

	(void)state;
	for (int i = 0; i < 20; i++, now += 3000)
		strike(s, now, 10, false);
	assert_int_equal(t.opened, 1);
	assert_int_equal(t.reopened, 4); /* the 2nd, 4th, 8th, 16th time */
	assert_int_equal(t.resolved, 5);
	story_look(s, now + 120000, "");
	assert_int_equal(t.suppressed, 20 - 5);
	/* After a while of peace it is news again. */
	strike(s, now + 121000, 10, false);
	assert_int_equal(t.opened, 2);
	story_free(s);
}

static void what_was_counted_and_lasts_is_told(void **state)
{
	struct tally t = {0};
	struct story *s = counting(&t);
	uint64_t now = 1000;
	const char *look = "process 1 p\nlock M10\nM10 is held by 1/20\nthread 1/20 h sleeping\n"
			   "waits 1/21 for M10 since 7000\nstack 1/20 hold0 main\n"
			   "stack 1/21 want main\n";

	(void)state;
	for (int i = 0; i < 2; i++, now += 3000)
		strike(s, now, 10, false);
	assert_int_equal(t.opened + t.reopened, 2);
	for (now = 8100; now < 16900; now += 100)
		story_look(s, now, look);
	assert_int_equal(t.opened + t.reopened, 2);
	story_look(s, 17000, look);
	assert_int_equal(t.opened + t.reopened, 3);
	story_end(s, 17100);
	assert_int_equal(t.suppressed, 1); /* it had been counted, too */
	story_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_one_bug_20_are_told_and_then_one_a_minute),
		cmocka_unit_test(another_bug_is_told_all_the_same),
		cmocka_unit_test(of_all_bugs_100_are_told_at_once),
		cmocka_unit_test(what_comes_and_goes_is_counted),
		cmocka_unit_test(what_was_counted_and_lasts_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
