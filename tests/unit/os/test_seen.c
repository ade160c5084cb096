// SPDX-License-Identifier: GPL-2.0
/* When two looks at a thread show one wait, and what is counted as lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "os/lost.h"
#include "seen.h"

static struct seen waiting(void)
{
	return (struct seen){.ref = {306, 307, 99},
			     .state = 'S',
			     .syscall = 202,
			     .args = {0x1000, 0x80, 2},
			     .sp = 0x7ffe,
			     .nvcsw = 5,
			     .nivcsw = 1};
}

static void standing_still_in_one_call_is_one_wait(void **state)
{
	struct seen before = waiting(), now = waiting();

	(void)state;
	assert_true(seen_same_wait(&before, &now));
	/* what the kernel calls it may differ: frozen in place, for one */
	now.state = 'D';
	now.ran_ns = 7;
	assert_true(seen_same_wait(&before, &now));
}

static void anything_else_is_another(void **state)
{
	const struct seen before = waiting();
	struct seen others[12];

	(void)state;
	for (int i = 0; i < 12; i++)
		others[i] = before;
	others[0].ref.tid = 308;
	others[1].ref.pid = 305;
	others[2].ref.start = 100; /* the id is used again */
	others[3].state = 'R';
	others[4].state = 'T'; /* stopped in it is not asleep in it */
	others[5].state = 'Z';
	others[6].syscall = 203;
	others[7].syscall = -1;
	others[8].args[5] = 1;
	others[9].sp = 0;
	others[10].nvcsw = 6;
	others[11].nivcsw = 2;
	for (int i = 0; i < 12; i++) {
		assert_false(seen_same_wait(&before, &others[i]));
		assert_false(seen_same_wait(&others[i], &before));
	}
}

static void a_running_thread_is_never_the_same(void **state)
{
	struct seen s = waiting();

	(void)state;
	s.state = 'R';
	assert_false(seen_same_wait(&s, &s));
	s = waiting();
	s.syscall = -1;
	assert_false(seen_same_wait(&s, &s));
}

static void kernel_functions_are_found_under_their_suffixes(void **state)
{
	struct seen s = {.n_kframes = 2,
			 .kframes = {"unix_wait_for_peer.constprop.0", "unix_stream_connect"}};

	(void)state;
	assert_true(seen_in_kernel(&s, "unix_wait_for_peer"));
	assert_true(seen_in_kernel(&s, "unix_stream_connect"));
	assert_false(seen_in_kernel(&s, "unix_wait"));
	assert_false(seen_in_kernel(&s, "unix_stream_connect_more"));
	s.n_kframes = 0;
	assert_false(seen_in_kernel(&s, "unix_wait_for_peer"));
}

struct told {
	char text[512];
	uint64_t sum;
	int n, end_at;
};

static int tell(void *ctx, const struct fact *fact)
{
	struct told *t = ctx;

	assert_int_equal(fact->type, FACT_LOST);
	t->sum += fact->lost.count;
	if (t->n++ < 3)
		snprintf(t->text + strlen(t->text), sizeof(t->text) - strlen(t->text), "%s %d, ",
			 fact->lost.reason, (int)fact->lost.count);
	return t->n == t->end_at ? -5 : 0;
}

static void losses_are_told_in_the_order_of_their_first(void **state)
{
	struct told told = {.n = 0};
	struct fact_sink sink = {tell, &told};
	struct lost *l;

	(void)state;
	assert_int_equal(lost_new(&l), 0);
	assert_int_equal(lost_state(l, &sink), 0);
	assert_int_equal(told.n, 0);
	lost_count(l, "read-timeout");
	lost_add(l, "waits-full", 0);
	lost_add(l, "stack-failed", 40);
	lost_count(l, "read-timeout");
	assert_int_equal(lost_state(l, &sink), 0);
	assert_string_equal(told.text, "read-timeout 2, stack-failed 40, ");
	told = (struct told){.end_at = 1};
	assert_int_equal(lost_state(l, &sink), -5);
	lost_count(NULL, "nobody counts");
	lost_free(l);
}

static void more_reasons_than_there_is_room_for_are_still_counted(void **state)
{
	static char reasons[200][24];
	struct told told = {.n = 0};
	struct fact_sink sink = {tell, &told};
	struct lost *l;

	(void)state;
	assert_int_equal(lost_new(&l), 0);
	for (int i = 0; i < 200; i++) {
		snprintf(reasons[i], sizeof(reasons[i]), "reason-%d", i);
		lost_count(l, reasons[i]);
	}
	assert_int_equal(lost_state(l, &sink), 0);
	assert_int_equal(told.sum, 200);
	lost_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(standing_still_in_one_call_is_one_wait),
		cmocka_unit_test(anything_else_is_another),
		cmocka_unit_test(a_running_thread_is_never_the_same),
		cmocka_unit_test(kernel_functions_are_found_under_their_suffixes),
		cmocka_unit_test(losses_are_told_in_the_order_of_their_first),
		cmocka_unit_test(more_reasons_than_there_is_room_for_are_still_counted),
	};

	return cmocka_run_group_tests_name("seen", tests, NULL, NULL);
}
