// SPDX-License-Identifier: GPL-2.0
/* Hooks come off when they cost too much, come back when the load is gone, and do not flap. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ways/governor.h"

#define SECOND	1000000000ULL
#define PERCENT 10000ULL /* parts of a million */

enum { FUTEX, QUEUES, UPROBES, FORCED };

/* A budget of 1 %; each step is a second. */
struct story {
	struct governor g;
	uint64_t now_ns;
	uint64_t cost[GOVERNOR_HOOKS]; /* of each, while it is on */
	struct governor_step last;
};

static struct story begin(void)
{
	struct story s = {.now_ns = 100 * SECOND};

	governor_begin(&s.g, PERCENT);
	governor_add(&s.g, FUTEX, true);
	governor_add(&s.g, QUEUES, true);
	governor_add(&s.g, UPROBES, true);
	governor_add(&s.g, FORCED, false);
	return s;
}

static enum governor_act second(struct story *s)
{
	uint64_t shares[GOVERNOR_HOOKS] = {0};

	for (size_t i = 0; i < GOVERNOR_HOOKS; i++) {
		if (!s->g.hooks[i].off || s->g.hooks[i].on_trial)
			shares[i] = s->cost[i];
	}
	s->now_ns += SECOND;
	s->last = governor_decide(&s->g, s->now_ns, shares);
	return s->last.act;
}

/* Seconds until it does something, at most so many; 0: it does not. */
static unsigned int until_act(struct story *s, unsigned int most)
{
	for (unsigned int i = 1; i <= most; i++) {
		if (second(s) != GOVERNOR_KEEP)
			return i;
	}
	return 0;
}

static void a_budget_just_spent_is_kept(void **state)
{
	struct story s = begin();

	(void)state;
	s.cost[FUTEX] = PERCENT;
	assert_int_equal(until_act(&s, 1000), 0);
}

static void one_busy_second_is_no_reason_to_see_less(void **state)
{
	struct story s = begin();

	(void)state;
	for (int i = 0; i < 100; i++) {
		s.cost[FUTEX] = i % 2 ? 0 : 2 * PERCENT;
		assert_int_equal(second(&s), GOVERNOR_KEEP);
	}
}

static void two_in_a_row_are(void **state)
{
	struct story s = begin();

	(void)state;
	s.cost[FUTEX] = 2 * PERCENT;
	assert_int_equal(until_act(&s, 10), 2);
	assert_int_equal(s.last.act, GOVERNOR_OFF);
	assert_int_equal(s.last.hook, FUTEX);
	assert_int_equal(s.last.share_ppm, 2 * PERCENT);
}

static void what_is_far_too_dear_comes_off_at_once(void **state)
{
	struct story s = begin();

	(void)state;
	s.cost[UPROBES] = 30 * PERCENT;
	s.cost[FUTEX] = PERCENT / 2;
	assert_int_equal(second(&s), GOVERNOR_OFF);
	assert_int_equal(s.last.hook, UPROBES);
	assert_int_equal(s.last.total_ppm, 30 * PERCENT + PERCENT / 2);
}

static void the_dearest_comes_off_and_only_as_many_as_it_takes(void **state)
{
	struct story s = begin();

	(void)state;
	s.cost[FUTEX] = PERCENT;
	s.cost[QUEUES] = 2 * PERCENT;
	s.cost[UPROBES] = 3 * PERCENT;
	assert_int_equal(second(&s), GOVERNOR_OFF);
	assert_int_equal(s.last.hook, UPROBES);
	assert_int_equal(until_act(&s, 5), 2);
	assert_int_equal(s.last.act, GOVERNOR_OFF);
	assert_int_equal(s.last.hook, QUEUES);
	assert_int_equal(until_act(&s, 5), 0);
	assert_false(governor_is_off(&s.g, FUTEX));
}

static void what_was_asked_for_never_comes_off_and_that_is_said_once(void **state)
{
	struct story s = begin();

	(void)state;
	s.cost[FORCED] = 50 * PERCENT;
	s.cost[FUTEX] = PERCENT / 50; /* would not help */
	assert_int_equal(second(&s), GOVERNOR_DEAR);
	assert_int_equal(until_act(&s, 1000), 0);
	assert_false(governor_is_off(&s.g, FORCED));
	assert_false(governor_is_off(&s.g, FUTEX));
}

static void it_comes_back_when_the_load_is_gone(void **state)
{
	struct story s = begin();

	(void)state;
	s.cost[FUTEX] = 10 * PERCENT;
	assert_int_equal(second(&s), GOVERNOR_OFF);
	s.cost[FUTEX] = PERCENT / 10;
	assert_int_equal(until_act(&s, 100), 10);
	assert_int_equal(s.last.act, GOVERNOR_TRY);
	assert_true(governor_is_off(&s.g, FUTEX)); /* not to be relied on yet */
	assert_int_equal(until_act(&s, 100), 3);
	assert_int_equal(s.last.act, GOVERNOR_BACK);
	assert_false(governor_is_off(&s.g, FUTEX));
	assert_int_equal(until_act(&s, 1000), 0);
}

static void a_load_that_lasts_is_tried_ever_less_often_without_a_word(void **state)
{
	const unsigned int pauses[] = {10, 20, 40, 80, 160, 320, 600, 600, 600};
	struct story s = begin();

	(void)state;
	s.cost[FUTEX] = 10 * PERCENT;
	assert_int_equal(second(&s), GOVERNOR_OFF);
	for (size_t i = 0; i < sizeof(pauses) / sizeof(pauses[0]); i++) {
		assert_int_equal(until_act(&s, 1000), pauses[i]);
		assert_int_equal(s.last.act, GOVERNOR_TRY);
		assert_int_equal(second(&s), GOVERNOR_AGAIN);
		assert_true(governor_is_off(&s.g, FUTEX));
	}
}

static void who_would_only_just_fit_stays_off(void **state)
{
	struct story s = begin();

	(void)state;
	s.cost[FUTEX] = 2 * PERCENT;
	until_act(&s, 10);
	s.cost[FUTEX] = PERCENT * 9 / 10;
	assert_int_equal(until_act(&s, 100), 10);
	assert_int_equal(s.last.act, GOVERNOR_TRY);
	assert_int_equal(second(&s), GOVERNOR_AGAIN);
}

/* Busy for 20 s of each 40: what comes back is thrown off soon, and then waits for longer. */
static void a_load_that_comes_and_goes_does_not_make_it_flap(void **state)
{
	struct story s = begin();
	unsigned int off = 0;

	(void)state;
	for (unsigned int t = 0; t < 3600; t++) {
		s.cost[FUTEX] = t % 40 < 20 ? 10 * PERCENT : 0;
		off += second(&s) == GOVERNOR_OFF;
	}
	assert_in_range(off, 1, 12);
}

static void after_a_long_peace_the_first_pause_is_short_again(void **state)
{
	struct story s = begin();

	(void)state;
	s.cost[FUTEX] = 10 * PERCENT;
	for (int i = 0; i < 200; i++)
		second(&s);
	s.cost[FUTEX] = 0;
	for (int i = 0; i < 3600; i++)
		second(&s);
	assert_false(governor_is_off(&s.g, FUTEX));
	s.cost[FUTEX] = 10 * PERCENT;
	assert_int_equal(second(&s), GOVERNOR_OFF);
	s.cost[FUTEX] = 0;
	assert_int_equal(until_act(&s, 100), 10);
	assert_int_equal(s.last.act, GOVERNOR_TRY);
}

static void the_cheapest_comes_back_first_and_one_at_a_time(void **state)
{
	struct story s = begin();

	(void)state;
	s.cost[FUTEX] = 20 * PERCENT;
	s.cost[QUEUES] = 10 * PERCENT;
	assert_int_equal(second(&s), GOVERNOR_OFF);
	assert_int_equal(second(&s), GOVERNOR_OFF);
	s.now_ns += 60 * SECOND;
	s.cost[FUTEX] = s.cost[QUEUES] = 0;
	assert_int_equal(second(&s), GOVERNOR_TRY);
	assert_int_equal(s.last.hook, QUEUES);
	assert_int_equal(until_act(&s, 10), 3);
	assert_int_equal(s.last.act, GOVERNOR_BACK);
	assert_int_equal(second(&s), GOVERNOR_TRY);
	assert_int_equal(s.last.hook, FUTEX);
}

static void without_a_budget_all_stays(void **state)
{
	struct story s = begin();

	(void)state;
	governor_begin(&s.g, 0);
	governor_add(&s.g, FUTEX, true);
	s.cost[FUTEX] = UINT64_MAX;
	assert_int_equal(until_act(&s, 100), 0);
}

static void what_cannot_be_put_back_is_tried_again_later(void **state)
{
	struct story s = begin();

	(void)state;
	s.cost[FUTEX] = 10 * PERCENT;
	assert_int_equal(second(&s), GOVERNOR_OFF);
	assert_int_equal(until_act(&s, 100), 10);
	governor_failed(&s.g, FUTEX, s.now_ns);
	assert_true(governor_is_off(&s.g, FUTEX));
	assert_int_equal(until_act(&s, 100), 20);
	assert_int_equal(s.last.act, GOVERNOR_TRY);
}

static void a_share_is_hits_times_price(void **state)
{
	(void)state;
	/* 16 us a hit, 3,125 hits a second: 5 % */
	assert_int_equal(governor_share(3125, 16000, SECOND), 5 * PERCENT);
	assert_int_equal(governor_share(1000, 100, SECOND / 10), PERCENT / 10);
	assert_int_equal(governor_share(1000, 100, 0), 0);
	assert_true(governor_share(UINT64_MAX, UINT64_MAX, 1) == UINT64_MAX);
}

static void nothing_overflows(void **state)
{
	struct story s = begin();

	(void)state;
	s.cost[FUTEX] = s.cost[QUEUES] = UINT64_MAX;
	assert_int_equal(second(&s), GOVERNOR_OFF);
	assert_true(s.last.total_ppm == UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_budget_just_spent_is_kept),
		cmocka_unit_test(one_busy_second_is_no_reason_to_see_less),
		cmocka_unit_test(two_in_a_row_are),
		cmocka_unit_test(what_is_far_too_dear_comes_off_at_once),
		cmocka_unit_test(the_dearest_comes_off_and_only_as_many_as_it_takes),
		cmocka_unit_test(what_was_asked_for_never_comes_off_and_that_is_said_once),
		cmocka_unit_test(it_comes_back_when_the_load_is_gone),
		cmocka_unit_test(a_load_that_lasts_is_tried_ever_less_often_without_a_word),
		cmocka_unit_test(who_would_only_just_fit_stays_off),
		cmocka_unit_test(a_load_that_comes_and_goes_does_not_make_it_flap),
		cmocka_unit_test(after_a_long_peace_the_first_pause_is_short_again),
		cmocka_unit_test(the_cheapest_comes_back_first_and_one_at_a_time),
		cmocka_unit_test(without_a_budget_all_stays),
		cmocka_unit_test(what_cannot_be_put_back_is_tried_again_later),
		cmocka_unit_test(a_share_is_hits_times_price),
		cmocka_unit_test(nothing_overflows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
