// SPDX-License-Identifier: GPL-2.0
/* Reports claim no more than is known, and their advice fits what was found. */
#include "story.h"

/* What two looks at this say first: a part of the summary, of the doubts and of the advice. */
static void assert_words(const char *look, const char *summary, const char *doubt,
			 const char *advice)
{
	struct story *s = story_new(false);

	story_look(s, 1200, look);
	story_look(s, 1300, look);
	assert_true(s->n_told > 0);
	if (summary && !strstr(s->summary[0], summary))
		fail_msg("no \"%s\" in: %s", summary, s->summary[0]);
	if (doubt && !strstr(s->doubts[0], doubt))
		fail_msg("no \"%s\" in: %s", doubt, s->doubts[0]);
	if (advice && !strstr(s->advice[0], advice))
		fail_msg("no \"%s\" in: %s", advice, s->advice[0]);
	story_free(s);
}

static void a_root_is_told_by_what_it_waits_for(void **state)
{
	const char *look = "process 1 p\nlock M\npark B kind barrier\nwaits 1/11 for M since 100\n"
			   "M is held by 1/12\nwaits 1/12 for B since 90\nB is held by nobody\n";
	struct story *s = story_new(false);

	(void)state;
	assert_words(look, "held by t12 (12), which waits for park B.", NULL, "See in its stack");
	story_look(s, 1200, look);
	story_look(s, 1300, look);
	assert_string_equal(s->root_doing[0], "waits for park B");
	story_free(s);
}

static void who_is_stopped_is_not_told_by_its_wait(void **state)
{
	(void)state;
	assert_words("process 1 p\nlock M\npark B kind barrier\nwaits 1/11 for M since 100\n"
		     "M is held by 1/12\nthread 1/12 h stopped\n",
		     "which is stopped.", NULL, "send SIGCONT");
}

static void who_runs_has_no_stack_to_look_at(void **state)
{
	struct story *s = story_new(false);

	(void)state;
	for (int now = 1200; now < 3400; now += 100)
		story_look(s, now,
			   "process 1 p\nlock M\nwaits 1/11 for M since 100\nM is held by 1/12\n"
			   "thread 1/12 h running\n");
	assert_told_begins(s, "opened slow-holder ");
	assert_non_null(strstr(s->advice[0], "profiler"));
	story_free(s);
}

static void who_is_gone_cannot_end_a_wait(void **state)
{
	(void)state;
	assert_words("process 1 p\nlock M\nwaits 1/11 for M since 100\n"
		     "M is held by 1/99 inferred gone\n",
		     NULL, "That thread 99 of p (1) held lock M is inferred: ", NULL);
	assert_words(
		"process 1 p\nlock M\nwaits 1/11 for M since 100\nM is held by 2/9 inferred copied\n"
		"thread 2/9 k sleeping\n",
		NULL, "held the lock that lock M is a copy of is inferred: ", NULL);
	assert_words("process 1 p\nlock M\nwaits 1/11 for M since 100\nM is held by 1/12 inferred\n"
		     "thread 1/12 h sleeping\n",
		     NULL, "That h (12) of p (1) holds lock M is inferred: ", NULL);
}

static void why_nobody_is_known_is_not_made_up(void **state)
{
	(void)state;
	assert_words("process 1 p\nlock M\nwaits 1/11 for M since 100\nM is held by nobody\n",
		     "lock M has no holder that is known.", NULL,
		     "Why nobody can be named stands with the lock");
}

static void who_is_parked_may_be_able_to_go_on(void **state)
{
	struct story *s = story_new_of(false, true);
	const char *look = "process 1 p\npark C kind condvar\nwaits 1/11 for C since 100\n"
			   "C is held by nobody\n";

	(void)state;
	story_look(s, 1200, look);
	story_look(s, 1300, look);
	assert_told_begins(s, "opened parked ");
	assert_non_null(strstr(s->summary[0], "t11 (11) of p (1) is parked: "));
	story_free(s);
}

static void one_thread_is_named_once(void **state)
{
	(void)state;
	assert_words("process 1 p\nlock M\nwaits 1/11 for M since 100\nM is held by 1/11\n",
		     "t11 (11) of p (1) cannot go on: it waits for lock M, which it holds itself.",
		     NULL, NULL);
}

static void a_circle_is_broken_where_it_is_closed(void **state)
{
	const char *locks = "lock M\nlock N\nwaits 1/11 for M since 100\nM is held by %d/12\n"
			    "waits %d/12 for N since 90\nN is held by 1/11\n";
	const char *pipe = "lock M\nfull Q kind pipe-full\nwaits 1/11 for M since 100\n"
			   "M is held by %d/12\nwaits %d/12 sends-to Q since 90\n"
			   "Q is held by 1/11\n";
	char look[512];

	(void)state;
	for (int pid = 1; pid <= 2; pid++) {
		snprintf(look, sizeof(look), locks, pid, pid);
		assert_words(look, NULL, NULL, "take these locks in the same order");
		assert_words(look, NULL, NULL, pid == 1 ? "restart the process." : "restart their");
		snprintf(look, sizeof(look), pipe, pid, pid);
		assert_words(look, NULL, NULL,
			     pid == 1 ? "do not wait for another thread while holding"
				      : "do not wait for another process while holding");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_root_is_told_by_what_it_waits_for),
		cmocka_unit_test(who_is_stopped_is_not_told_by_its_wait),
		cmocka_unit_test(who_runs_has_no_stack_to_look_at),
		cmocka_unit_test(who_is_gone_cannot_end_a_wait),
		cmocka_unit_test(why_nobody_is_known_is_not_made_up),
		cmocka_unit_test(who_is_parked_may_be_able_to_go_on),
		cmocka_unit_test(one_thread_is_named_once),
		cmocka_unit_test(a_circle_is_broken_where_it_is_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
