// SPDX-License-Identifier: GPL-2.0
/* Places where threads are parked: pools, and pile-ups. One look every 100 ms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/model.h"
#include "core/pile.h"

#define MS UINT64_C(1000000)

struct place {
	int64_t count, arrived, left, born, born_s, young;
};

struct watched {
	struct pile_past past;
	struct place place;
	uint64_t now_ns;
	bool asked, seen;
};

static struct watched begin(int64_t count, bool asked)
{
	return (struct watched){.place = {.count = count, .born = 1, .young = count},
				.asked = asked};
}

/* Returns whether it is called a pile-up now. */
static bool look(struct watched *w, int64_t arrived, int64_t left)
{
	struct fact_number state[] = {
		{PILE_COUNT, w->place.count += arrived - left},
		{PILE_ARRIVED, arrived},
		{PILE_LEFT, left},
		{PILE_BORN, w->place.born += arrived > 0},
		{PILE_BORN_S, w->place.born_s},
		{PILE_YOUNG, w->place.young += arrived - left},
	};
	struct model_resource r = {.fact = {.class = CLASS_PILE, .state = state, .n_state = 6}};
	struct pile_limits limits = {.threshold_ns = 1000 * MS, .asked = w->asked};

	w->now_ns += 100 * MS;
	pile_remember(&w->past, w->now_ns, &r);
	return pile_is_one(&w->past, &limits, &r, &w->seen);
}

static void threads_that_come_and_never_leave(void **state)
{
	struct watched w = begin(20, false);
	int looks = 1;

	(void)state;
	while (!look(&w, looks % 5 == 0, 0) && looks < 100)
		looks++;
	/* it has to have grown for three thresholds */
	assert_in_range(looks, 32, 40);
	assert_true(w.seen);
}

static void an_idle_pool(void **state)
{
	struct watched w = begin(64, true);

	(void)state;
	for (int i = 0; i < 600; i++)
		assert_false(look(&w, 0, 0));
}

static void a_pool_that_is_made_while_we_look(void **state)
{
	struct watched w = begin(16, true);

	(void)state;
	for (int i = 0; i < 10; i++)
		assert_false(look(&w, 20, 0));
	for (int i = 0; i < 600; i++)
		assert_false(look(&w, 0, 0));
}

static void workers_that_are_woken_now_and_then(void **state)
{
	struct watched w = begin(40, true);

	(void)state;
	for (int i = 0; i < 600; i++)
		assert_false(look(&w, i % 3 == 0, i % 20 == 19));
}

static void a_cache_of_threads_that_have_worked(void **state)
{
	struct watched w = begin(40, true);

	(void)state;
	w.place.young = 3;
	w.place.born = 40;
	w.place.born_s = 100;
	for (int i = 0; i < 600; i++) {
		w.place.young = 3;
		assert_false(look(&w, i % 5 == 0, 0));
	}
}

static void a_few_are_no_pile(void **state)
{
	struct watched w = begin(2, true);

	(void)state;
	for (int i = 0; w.place.count < PILE_MIN - 1; i++)
		assert_false(look(&w, i % 10 == 0, 0));
}

static void one_that_was_there_before_is_told_to_who_asks(void **state)
{
	struct watched w = begin(125, true);
	struct watched of_all = begin(125, false);

	(void)state;
	w.place.born = of_all.place.born = 60;
	w.place.born_s = of_all.place.born_s = 30;
	assert_false(look(&w, 0, 0)); /* one look is never enough */
	assert_true(look(&w, 0, 0));
	assert_false(w.seen);
	look(&of_all, 0, 0);
	assert_false(look(&of_all, 0, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_that_come_and_never_leave),
		cmocka_unit_test(an_idle_pool),
		cmocka_unit_test(a_pool_that_is_made_while_we_look),
		cmocka_unit_test(workers_that_are_woken_now_and_then),
		cmocka_unit_test(a_cache_of_threads_that_have_worked),
		cmocka_unit_test(a_few_are_no_pile),
		cmocka_unit_test(one_that_was_there_before_is_told_to_who_asks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
