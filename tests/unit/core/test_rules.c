// SPDX-License-Identifier: GPL-2.0
/* Each rule that goes by the kind of wait: what it is called, and its healthy twin. */
#include "story.h"

/* What two looks at this say first; NULL: nothing. */
static void assert_rule(const char *look, const char *begins, const char *title)
{
	struct story *s = story_new(false);

	story_look(s, 1200, look);
	story_look(s, 1300, look);
	if (!begins) {
		for (int now = 1400; now < 4000; now += 100)
			story_look(s, now, look);
		assert_silent(s);
	} else {
		assert_told_begins(s, begins);
		assert_string_equal(s->title[0], title);
	}
	story_free(s);
}

static void what_is_full_is_called_by_its_kind(void **state)
{
	static const struct {
		const char *kind, *rule, *title;
	} cases[] = {
		{"pipe-full", "opened pipe-full certain: root 2/21 ",
		 "pipe full behind a sleeping reader"},
		{"unix-stream-full", "opened socket-full ", "socket full behind a sleeping reader"},
		{"unix-dgram-full", "opened socket-full ", "socket full behind a sleeping reader"},
		{"tcp-full", "opened socket-full ", "socket full behind a sleeping reader"},
		{"posix-mq-full", "opened queue-full ", "queue full behind a sleeping reader"},
	};
	char look[512];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		snprintf(look, sizeof(look),
			 "full Q kind %s\nwaits 1/11 sends-to Q since 100\n"
			 "Q is held by 2/21\nthread 2/21 r sleeping ran 50\n",
			 cases[i].kind);
		assert_rule(look, cases[i].rule, cases[i].title);
	}
}

static void a_lock_that_fork_copied(void **state)
{
	struct story *s = story_new(false);
	/* 2 is the child; 1/11 had the lock when it was made, and has let it go since. */
	const char *look = "process 1 parent\nprocess 2 child\nlock M\n"
			   "waits 2/2 for M since 100\nM is held by 1/11 copied\n"
			   "thread 1/11 worker event-wait\n";

	(void)state;
	story_look(s, 1200, look);
	story_look(s, 1300, look);
	assert_told(s, "opened fork-copied-lock certain: holder 1/11 waiting 2/2-M; since 100; "
		       "stuck 1");
	assert_string_equal(s->summary[0],
			    "t2 (2) cannot go on: lock M is a copy that fork made of "
			    "a lock held by worker (11) of parent (1).");
	story_free(s);
}

static void a_copied_lock_further_down_the_chain(void **state)
{
	struct story *s = story_new(false);
	const char *look = "process 2 child\nlock M\nlock N\n"
			   "waits 2/3 for N since 100\nN is held by 2/2\n"
			   "waits 2/2 for M since 90\nM is held by 1/11 copied\n"
			   "thread 1/11 worker event-wait\n";

	(void)state;
	story_look(s, 1200, look);
	story_look(s, 1300, look);
	assert_told_begins(s, "opened fork-copied-lock certain: ");
	story_free(s);
}

static void a_child_that_never_exits(void **state)
{
	(void)state;
	assert_rule("lock M\nempty C kind child\nwaits 1/11 for M since 100\nM is held by 1/1\n"
		    "waits 1/1 for C since 90\nC is held by 2/2\nthread 2/2 sleep sleeping\n",
		    "opened child-never-exits certain: root 2/2 holder 1/1-C waiting 1/11-M",
		    "lock held by a thread that waits for its child to exit");
	/* a shell waits for its child all day */
	assert_rule("empty C kind child\nwaits 1/1 for C since 90\nC is held by 2/2\n"
		    "thread 2/2 sleep sleeping\n",
		    NULL, NULL);
}

static void a_reply_that_does_not_come(void **state)
{
	(void)state;
	/* an idle server is no excuse for who holds a lock until it answers ... */
	assert_rule("lock M\nempty S kind unix-stream-empty\nwaits 1/11 for M since 100\n"
		    "M is held by 1/1\nwaits 1/1 for S since 90\nS is held by 2/2\n"
		    "thread 2/2 server event-wait\n",
		    "opened slow-holder certain: root 2/2 holder 1/1-S waiting 1/11-M",
		    "lock held by a thread that waits for another process");
	/* ... but an idle client without a lock is nobody's trouble */
	assert_rule("empty S kind unix-stream-empty\nwaits 1/1 for S since 90\nS is held by 2/2\n"
		    "thread 2/2 server event-wait\n",
		    NULL, NULL);
}

static void a_pipeline_into_a_pager(void **state)
{
	static const char look[] =
		"full P kind pipe-full\nfull Q kind pipe-full\nwaits 1/1 sends-to P since 100\n"
		"P is held by 2/2\nwaits 2/2 sends-to Q since 110\nQ is held by 3/3\n"
		"thread 3/3 less %s ran 90\n";
	char text[512];

	(void)state;
	/* nobody presses a key */
	snprintf(text, sizeof(text), look, "user-wait");
	assert_rule(text, NULL, NULL);
	snprintf(text, sizeof(text), look, "stopped");
	assert_rule(text, "opened pipe-full certain: root 3/3 holder 2/2-Q waiting 1/1-P",
		    "pipe full behind a blocked reader");
}

static void a_holder_that_comes_into_sight_late(void **state)
{
	struct story *s = story_new(false);
	/* a hook saw the waiter come long ago; that its holder waits too is seen only now */
	const char *look = "lock M\nempty S kind eventfd-empty\nwaits 1/11 for M since 100\n"
			   "M is held by 1/1\nthread 1/1 reader io ran 90\n"
			   "waits 1/1 for S since 90 at-least\nS is held by 2/2 inferred\n"
			   "thread 2/2 writer sleeping ran 80\n";

	(void)state;
	story_look(s, 1200, look);
	assert_silent(s);
	story_look(s, 1300, look);
	assert_told(s, "opened slow-holder likely: root 2/2 holder 1/1-S waiting 1/11-M; "
		       "since 100; stuck 2");
	story_free(s);
}

static void a_circle_through_a_pipe(void **state)
{
	(void)state;
	assert_rule("lock M\nempty P kind pipe-empty\nwaits 2/2 for M since 100\n"
		    "M is held by 1/1\nwaits 1/1 for P since 90\nP is held by 2/2\n",
		    "opened deadlock certain: cycle 1/1-P 2/2-M", "deadlock across processes");
}

static void a_file_lock_and_who_sits_on_it(void **state)
{
	static const char look[] = "%s F kind flock\nwaits 1/1 for F since 100\nF is held by 2/2\n"
				   "thread 2/2 holder %s\n";
	char text[512];

	(void)state;
	snprintf(text, sizeof(text), look, "file-lock", "sleeping");
	assert_rule(text, "opened file-lock-held certain: root 2/2 waiting 1/1-F",
		    "file lock held by a sleeping process");
	snprintf(text, sizeof(text), look, "file-lock", "event-wait");
	assert_rule(text, "opened file-lock-held certain: root 2/2 waiting 1/1-F",
		    "file lock held by an idle process");
	snprintf(text, sizeof(text), look, "file-lock", "stopped");
	assert_rule(text, "opened file-lock-held certain: root 2/2 waiting 1/1-F",
		    "file lock held by a stopped process");
	/* an accept mutex that happens to be a file: its probe calls it a lock */
	snprintf(text, sizeof(text), look, "lock", "event-wait");
	assert_rule(text, NULL, NULL);
}

static void a_semaphore_and_its_last_taker(void **state)
{
	static const char look[] = "token S kind sysvsem\nwaits 1/1 for S since 100\n"
				   "S is held by 2/2 inferred%s\n%s";
	static const char *const busy[] = {"running", "io", "event-wait"};
	char text[512];

	(void)state;
	snprintf(text, sizeof(text), look, "", "thread 2/2 taker sleeping\n");
	assert_rule(text, "opened semaphore-exhausted likely: root 2/2 waiting 1/1-S",
		    "semaphore exhausted behind a sleeping taker");
	snprintf(text, sizeof(text), look, " gone", "");
	assert_rule(text, "opened semaphore-exhausted likely: root 2/2 waiting 1/1-S",
		    "semaphore exhausted behind a dead taker");
	/* a worker keeps its unit as long as its work takes */
	for (size_t i = 0; i < 3; i++) {
		char thread[64];

		snprintf(thread, sizeof(thread), "thread 2/2 taker %s\n", busy[i]);
		snprintf(text, sizeof(text), look, "", thread);
		assert_rule(text, NULL, NULL);
	}
	assert_rule("token S kind sysvsem\nwaits 1/1 for S since 100\nS is held by nobody\n", NULL,
		    NULL);
}

static void a_circle_through_a_semaphore(void **state)
{
	(void)state;
	assert_rule("token S kind sysvsem\nfile-lock F kind flock\nwaits 1/1 for S since 100\n"
		    "S is held by 2/2 inferred\nwaits 2/2 for F since 90\nF is held by 1/1\n",
		    "opened deadlock likely: cycle 1/1-S 2/2-F", "deadlock across processes");
}

static void a_lock_inside_the_kernel(void **state)
{
	(void)state;
	assert_rule("lock K kind kernel-rwsem\nwaits 1/1 for K since 100\nK is held by 2/2\n"
		    "thread 2/2 w io\n",
		    "opened kernel-lock certain: root 2/2 waiting 1/1-K",
		    "lock inside the kernel held for long");
	assert_rule("lock K kind kernel-mutex\nwaits 1/1 for K since 100\nK is held by nobody\n",
		    "opened kernel-lock possible: waiting 1/1-K",
		    "wait for a lock inside the kernel, whose holder is not known");
}

static void a_writer_behind_readers(void **state)
{
	(void)state;
	assert_rule("lock R kind rwlock readers 2\nwaits 1/1 for R since 100\n"
		    "R is held by nobody\n",
		    "opened writer-behind-readers possible: waiting 1/1-R",
		    "writer waits behind readers that do not let go");
	assert_rule("lock R kind rwlock readers 0\nwaits 1/1 for R since 100\n"
		    "R is held by 1/2\nthread 1/2 w sleeping\n",
		    "opened slow-holder certain: root 1/2 waiting 1/1-R",
		    "lock held by a sleeping thread");
}

static void a_thread_that_joins_who_needs_its_lock(void **state)
{
	(void)state;
	assert_rule("lock M\npark T kind thread\nwaits 1/2 for M since 100\nM is held by 1/1\n"
		    "waits 1/1 joins T since 90\nT is held by 1/2\n",
		    "opened deadlock certain: cycle 1/1-T 1/2-M",
		    "deadlock: joins a thread that needs what the joiner holds");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_full_is_called_by_its_kind),
		cmocka_unit_test(a_lock_that_fork_copied),
		cmocka_unit_test(a_copied_lock_further_down_the_chain),
		cmocka_unit_test(a_child_that_never_exits),
		cmocka_unit_test(a_reply_that_does_not_come),
		cmocka_unit_test(a_pipeline_into_a_pager),
		cmocka_unit_test(a_holder_that_comes_into_sight_late),
		cmocka_unit_test(a_circle_through_a_pipe),
		cmocka_unit_test(a_file_lock_and_who_sits_on_it),
		cmocka_unit_test(a_semaphore_and_its_last_taker),
		cmocka_unit_test(a_circle_through_a_semaphore),
		cmocka_unit_test(a_lock_inside_the_kernel),
		cmocka_unit_test(a_writer_behind_readers),
		cmocka_unit_test(a_thread_that_joins_who_needs_its_lock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
