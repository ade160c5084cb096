// SPDX-License-Identifier: GPL-2.0
/* One bug has one signature, wherever and however it is seen; two bugs have two. */
#include "story.h"

struct signature {
	char text[24];
	bool partial;
};

static struct signature signature_of_look(const char *look)
{
	struct story *s = story_new(false);
	struct signature ret;

	story_look(s, 2000, look);
	story_look(s, 2100, look);
	assert_told_begins(s, "opened ");
	memcpy(ret.text, s->signature[0], sizeof(ret.text));
	ret.partial = s->partial[0];
	assert_int_equal(strlen(ret.text), 16);
	story_free(s);
	return ret;
}

static void assert_same(const char *a, const char *b)
{
	assert_string_equal(signature_of_look(a).text, signature_of_look(b).text);
}

static void assert_other(const char *a, const char *b)
{
	assert_string_not_equal(signature_of_look(a).text, signature_of_look(b).text);
}

/* A thread that sleeps in hold() while others wait for its lock. */
#define HELD(names, stacks)                                                                        \
	"process 1 p\nlock M\nM is held by 1/10\n" names "waits 1/11 for M since 100\n"            \
	"waits 1/12 for M since 300\n" stacks

#define HELD_STACKS "stack 1/10 libc:nanosleep hold main\nstack 1/11 libc:lock_wait want work\n"
#define HELD_PLAIN  HELD("thread 1/10 h sleeping\n", HELD_STACKS)

static void names_ids_times_and_keys_do_not_count(void **state)
{
	(void)state;
	assert_same(HELD_PLAIN,
		    "process 7 q\nlock 0xffee\n0xffee is held by 7/70\n"
		    "thread 7/70 worker-17 sleeping moved 5\nwaits 7/31 for 0xffee since 900\n"
		    "waits 7/32 for 0xffee since 905\n"
		    "stack 7/70 libc:nanosleep hold main\nstack 7/31 libc:lock_wait want work\n");
}

static void debugging_symbols_do_not_count(void **state)
{
	(void)state;
	assert_same(HELD_PLAIN,
		    HELD("thread 1/10 h sleeping\n", "stack 1/10 ?libc:nanosleep ?hold ?main\n"
						     "stack 1/11 ?libc:lock_wait want ?work\n"));
	/* With them, the functions that were inlined are frames of their own. */
	assert_same(HELD_PLAIN,
		    HELD("thread 1/10 h sleeping\n", "stack 1/10 libc:nanosleep hold hold main\n"
						     "stack 1/11 libc:lock_wait want work work\n"));
}

static void the_c_library_does_not_count_but_where_there_is_nothing_else(void **state)
{
	(void)state;
	assert_same(HELD_PLAIN, HELD("thread 1/10 h sleeping\n",
				     "stack 1/10 libc:clock_nanosleep libc:usleep hold main\n"
				     "stack 1/11 libc:lll_lock_wait libc:lock want work\n"));
	assert_other(HELD("thread 1/10 h sleeping\n", "stack 1/10 libc:a libc:b\n"),
		     HELD("thread 1/10 h sleeping\n", "stack 1/10 libc:a libc:c\n"));
}

static void the_number_of_waiters_does_not_count(void **state)
{
	(void)state;
	assert_same(HELD_PLAIN, HELD_PLAIN "waits 1/13 for M since 301\nwaits 1/14 for M since "
					   "1900\nstack 1/13 libc:lock_wait elsewhere work\n");
}

static void another_place_rule_or_kind_is_another_bug(void **state)
{
	static const char *const others[] = {
		HELD("thread 1/10 h sleeping\n",
		     "stack 1/10 libc:nanosleep linger main\nstack 1/11 libc:lock_wait want work\n"),
		HELD("thread 1/10 h sleeping\n",
		     "stack 1/10 libc:nanosleep hold main\nstack 1/11 libc:lock_wait need work\n"),
		/* who holds there and waits here */
		HELD("thread 1/10 h sleeping\n",
		     "stack 1/11 libc:nanosleep hold main\nstack 1/10 libc:lock_wait want work\n"),
		"process 1 p\nlock M kind rwlock\nM is held by 1/10\nthread 1/10 h sleeping\n"
		"waits 1/11 for M since 100\n" HELD_STACKS,
		"process 1 p\nqueue M\nM is held by 1/10\nthread 1/10 h sleeping ran 50\n"
		"waits 1/11 sends-to M since 100\n" HELD_STACKS,
		("process 1 p\nlock M\nM is held by 1/10 gone\n"
		 "waits 1/11 for M since 100\n" HELD_STACKS),
	};
	const size_t n = sizeof(others) / sizeof(others[0]);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		assert_other(HELD_PLAIN, others[i]);
		for (size_t j = 0; j < i; j++)
			assert_other(others[i], others[j]);
	}
}

/* n philosophers, all in one function, and one who waits outside; the first has number `from`. */
static void dine(char *buf, size_t size, int n, int from, const char *outside)
{
	size_t at = 0;

	for (int i = 0; i < n; i++) {
		int me = 10 + (from + i) % n;

		at = add(buf, size, at,
			 "lock L%d\nL%d is held by 1/%d\nwaits 1/%d for L%d since %d\n"
			 "stack 1/%d libc:lock_wait %s dine\n",
			 i, i, me, me, (i + 1) % n, 500 + 10 * i, me, i ? "second" : "last");
	}
	add(buf, size, at, "%s", outside);
}

static void a_circle_has_no_beginning_and_no_size(void **state)
{
	static const char *const outside = "waits 1/50 for L2 since 100\n"
					   "stack 1/50 libc:lock_wait guest dine\n";
	char looks[5][4096];

	(void)state;
	dine(looks[0], sizeof(looks[0]), 3, 0, "");
	dine(looks[1], sizeof(looks[1]), 3, 2, "");
	dine(looks[2], sizeof(looks[2]), 7, 4, "");
	dine(looks[3], sizeof(looks[3]), 3, 1,
	     outside); /* waits the longest, and is no part of it */
	for (size_t i = 1; i < 4; i++)
		assert_same(looks[0], looks[i]);
	dine(looks[4], sizeof(looks[4]), 3, 0, "stack 1/10 libc:lock_wait first dine\n");
	assert_other(looks[0], looks[4]);
}

static void what_could_not_be_read_makes_it_partial(void **state)
{
	static const struct {
		const char *look;
		bool partial;
	} cases[] = {
		{HELD_PLAIN, false},
		{HELD("thread 1/10 h sleeping\n", ""), true},
		{HELD("thread 1/10 h sleeping\n", "stack 1/10 libc:nanosleep hold main\n"), true},
		{HELD("thread 1/10 h sleeping\n",
		      "stack 1/10 libc:nanosleep ~hold main\nstack 1/11 want work\n"),
		 true},
		/* of who runs there is no place; of who is gone, neither */
		{"process 1 p\nlock M\nM is held by 1/10 gone\nwaits 1/11 for M since 100\n"
		 "stack 1/11 want work\n",
		 false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(signature_of_look(cases[i].look).partial, cases[i].partial);
}

static void who_runs_is_in_no_place(void **state)
{
	(void)state;
	assert_same(HELD("thread 1/10 h running\n",
			 "stack 1/10 spin main\nstack 1/11 libc:lock_wait want work\n"),
		    HELD("thread 1/10 h running\n", "stack 1/11 libc:lock_wait want work\n"));
}

static void a_stall_keeps_its_signature(void **state)
{
	struct story *s = story_new(false);

	(void)state;
	story_look(s, 2000, HELD("thread 1/10 h sleeping\n", ""));
	story_look(s, 2100, HELD("thread 1/10 h sleeping\n", "")); /* no stack could be read */
	story_look(s, 2300, HELD_PLAIN "waits 1/13 for M since 2200\n");
	story_look(s, 3400, HELD_PLAIN "waits 1/13 for M since 2200\n");
	assert_told_begins(s, "opened ");
	assert_told_begins(s, "changed ");
	assert_string_equal(s->signature[0], s->signature[1]);
	assert_true(s->partial[0] && s->partial[1]);
	story_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_ids_times_and_keys_do_not_count),
		cmocka_unit_test(debugging_symbols_do_not_count),
		cmocka_unit_test(the_c_library_does_not_count_but_where_there_is_nothing_else),
		cmocka_unit_test(the_number_of_waiters_does_not_count),
		cmocka_unit_test(another_place_rule_or_kind_is_another_bug),
		cmocka_unit_test(a_circle_has_no_beginning_and_no_size),
		cmocka_unit_test(what_could_not_be_read_makes_it_partial),
		cmocka_unit_test(who_runs_is_in_no_place),
		cmocka_unit_test(a_stall_keeps_its_signature),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
