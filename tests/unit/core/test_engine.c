// SPDX-License-Identifier: GPL-2.0
/* The order of facts, stacks, losses, and that the same facts give the same reports. */
#include <errno.h>

#include "story.h"

static int put_type(struct story *s, enum fact_type type)
{
	struct fact f = {.type = type};

	switch (type) {
	case FACT_NOTE:
		f.note = (struct fact_note){.level = NOTE_INFO, .text = "hello"};
		break;
	case FACT_PROCESS:
		f.process.pid = 1;
		break;
	case FACT_THREAD:
		f.thread = (struct fact_thread){
			.ref = {1, 11, 5}, .activity = ACT_IO, .doing = "in read"};
		break;
	case FACT_RESOURCE:
		f.resource = (struct fact_resource){
			.key = "M", .kind = "mutex", .class = CLASS_LOCK, .name = "mutex M"};
		break;
	case FACT_WAIT:
		f.wait = (struct fact_wait){.ref = {1, 11, 5},
					    .resource = "M",
					    .verb = "waits for",
					    .quality = SINCE_UNKNOWN};
		break;
	case FACT_HOLD:
		f.hold = (struct fact_hold){
			.resource = "M", .evidence = EVIDENCE_UNKNOWN, .why = "hidden"};
		break;
	case FACT_LOST:
		f.lost = (struct fact_lost){.reason = "read-failed", .count = 1};
		break;
	case FACT_UNSEEN:
		f.unseen = (struct fact_unseen){.hook = "futex", .what = "when waits began"};
		break;
	case FACT_STACK:
		f.stack.ref = (struct thread_ref){1, 11, 5};
		break;
	default:
		break;
	}
	return engine_put(s->engine, &f);
}

static void facts_out_of_order_are_refused(void **state)
{
	/* After each of these, in this order, only the listed facts may come. */
	static const struct {
		enum fact_type after;
		unsigned int allowed;
	} order[] = {
#define BIT(x) (1u << FACT_##x)
		{FACT_SESSION, BIT(NOTE) | BIT(TICK) | BIT(END)},
		{FACT_TICK, BIT(PROCESS) | BIT(THREAD) | BIT(RESOURCE) | BIT(WAIT) | BIT(HOLD) |
				    BIT(LOST) | BIT(NOTE) | BIT(UNSEEN) | BIT(LOOKED)},
		{FACT_LOOKED, BIT(STACK) | BIT(PROCESS) | BIT(THREAD) | BIT(LOST) | BIT(DETAILED)},
		{FACT_DETAILED, BIT(TICK) | BIT(END)},
		{FACT_END, 0},
	};
	static const unsigned int steps = BIT(SESSION) | BIT(TICK) | BIT(LOOKED) | BIT(DETAILED) |
					  BIT(END);
	struct story *s = story_new(false);

	(void)state;
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		if (i)
			assert_int_equal(put_type(s, order[i].after), 0);
		for (enum fact_type type = 1; type < _FACT_MAX; type++) {
			bool allowed = order[i].allowed & (1u << type);

			if (allowed && (steps & (1u << type)))
				continue; /* would be the next step */
			assert_int_equal(put_type(s, type), allowed ? 0 : -EPROTO);
		}
	}
	story_free(s);
}

static void nothing_comes_before_the_session(void **state)
{
	struct engine_out out = {0};
	struct engine *e;
	struct fact f = {.type = FACT_TICK};

	(void)state;
	assert_int_equal(engine_new(&out, &e), 0);
	assert_int_equal(engine_put(e, &f), -EPROTO);
	f.type = FACT_END;
	assert_int_equal(engine_put(e, &f), -EPROTO);
	engine_free(e);
	engine_free(NULL);
}

static void facts_that_are_not_whole_are_refused(void **state)
{
	struct fact bad[] = {
		{.type = _FACT_MAX},
		{.type = 0},
		{.type = FACT_NOTE, .note = {.level = NOTE_INFO}},
		{.type = FACT_NOTE, .note = {.level = 9, .text = "x"}},
		{.type = FACT_THREAD, .thread = {.ref = {1, 2, 3}, .activity = ACT_IO}},
		{.type = FACT_THREAD,
		 .thread = {.ref = {1, 2, 3}, .activity = _ACT_MAX, .doing = "x"}},
		{.type = FACT_THREAD,
		 .thread = {.ref = {-1, 2, 3}, .activity = ACT_IO, .doing = "x"}},
		{.type = FACT_RESOURCE, .resource = {.key = "M", .kind = "m", .name = "m"}},
		{.type = FACT_RESOURCE,
		 .resource = {.kind = "m", .name = "m", .class = CLASS_LOCK}},
		{.type = FACT_RESOURCE,
		 .resource =
			 {.key = "M", .kind = "m", .name = "m", .class = CLASS_LOCK, .n_state = 1}},
		{.type = FACT_WAIT,
		 .wait = {.ref = {1, 0, 3}, .resource = "M", .verb = "v", .quality = 1}},
		{.type = FACT_WAIT, .wait = {.ref = {1, 2, 3}, .verb = "v", .quality = 1}},
		{.type = FACT_WAIT, .wait = {.ref = {1, 2, 3}, .resource = "M", .quality = 1}},
		{.type = FACT_HOLD, .hold = {.resource = "M", .evidence = EVIDENCE_EXACT}},
		{.type = FACT_HOLD, .hold = {.resource = "M", .why = "w"}},
		{.type = FACT_LOST},
		{.type = FACT_UNSEEN, .unseen = {.hook = "futex"}},
		{.type = FACT_UNSEEN, .unseen = {.what = "when waits began"}},
	};
	struct story *s = story_new(false);

	(void)state;
	assert_int_equal(put_type(s, FACT_TICK), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(engine_put(s->engine, &bad[i]), -EPROTO);
	assert_int_equal(put_type(s, FACT_LOOKED), 0);
	story_free(s);
}

#define SLOW                                                                                       \
	"process 1 p\nlock M\nthread 1/10 h sleeping\nM is held by 1/10\n"                         \
	"waits 1/11 for M since 100\nwaits 1/12 for M since 110\n"                                 \
	"waits 1/13 for M since 120\n"

static void hooks_that_are_off_are_told_of_while_they_are(void **state)
{
	struct story *s = story_new(false);

	(void)state;
	story_look(s, 1200, SLOW "unseen futex\nunseen child\n");
	story_look(s, 1300, SLOW "unseen futex\n");
	assert_told_begins(s, "opened ");
	assert_string_equal(s->unseen[0], "futex");
	story_look(s, 1400, "process 1 p\n");
	story_look(s, 1500, "process 1 p\n");
	assert_string_equal(s->unseen[s->n_told - 1], "");
	assert_int_equal(s->n_told, 2);
	story_free(s);
}

static void threads_with_one_stack_share_it(void **state)
{
	struct story *s = story_new(false);
	const char *look = SLOW "stack 1/10 nanosleep flush main\n"
				"stack 1/11 lock write main\nstack 1/12 lock write main\n"
				"stack 1/13 lock read main\nstack 1/77 nobody asked\n";

	(void)state;
	story_look(s, 1200, look);
	story_look(s, 1300, look);
	assert_string_equal(s->wants, "1/10 1/11 1/12 1/13");
	assert_told_begins(s, "opened ");
	assert_int_equal(s->n_stacks[0], 3);
	story_free(s);
}

static void a_thousand_waiters_do_not_give_a_thousand_stacks(void **state)
{
	struct story *s = story_new(false);
	size_t size = 100000, n = 0;
	char *look = malloc(size);

	(void)state;
	n = add(look, size, n, "lock M\nthread 1/10 h sleeping\nM is held by 1/10\n");
	for (int i = 0; i < 400; i++)
		n = add(look, size, n, "waits 1/%d for M since 100\n", 1000 + i);
	story_look(s, 1200, look);
	story_look(s, 1300, look);
	assert_told_begins(s, "opened ");
	assert_int_equal(s->n_wants, 65);
	free(look);
	story_free(s);
}

static void the_signature_knows_no_pids_and_no_order(void **state)
{
	static const char *const looks[] = {
		"lock A\nlock B\nwaits 1/11 for B since 100\nwaits 1/12 for A since 150\n"
		"A is held by 1/11\nB is held by 1/12\n"
		"stack 1/11 lock left main\nstack 1/12 lock right main\n",
		"lock X\nlock Y\nwaits 7/88 for X since 350\nwaits 7/77 for Y since 300\n"
		"Y is held by 7/88\nX is held by 7/77\n"
		"stack 7/77 lock right main\nstack 7/88 lock left main\n",
		"lock X\nlock Y\nwaits 7/88 for X since 350\nwaits 7/77 for Y since 300\n"
		"Y is held by 7/88\nX is held by 7/77\n"
		"stack 7/77 lock right main\nstack 7/88 lock elsewhere main\n",
	};
	char signatures[3][24];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct story *s = story_new(false);

		story_look(s, 2000, looks[i]);
		story_look(s, 2100, looks[i]);
		assert_told_begins(s, "opened deadlock ");
		memcpy(signatures[i], s->signature[0], sizeof(signatures[i]));
		story_free(s);
	}
	assert_int_equal(strlen(signatures[0]), 16);
	assert_string_equal(signatures[0], signatures[1]);
	assert_string_not_equal(signatures[0], signatures[2]);
}

/* The same stacks, on a machine with debug files and on one without. */
static void the_signature_knows_no_debug_files(void **state)
{
	static const char *const stacks[] = {
		"stack 1/11 lock +push +add left run start main\nstack 1/12 lock right main\n",
		"stack 1/11 ?lock ?left ?run ?start ?main\nstack 1/12 ?lock ?right ?main\n",
		"stack 1/11 lock +push other run start main\nstack 1/12 lock right main\n",
	};
	char signatures[3][24];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct story *s = story_new(false);
		char look[512];

		snprintf(look, sizeof(look),
			 "lock A\nlock B\nwaits 1/11 for B since 100\n"
			 "waits 1/12 for A since 150\nA is held by 1/11\nB is held by 1/12\n%s",
			 stacks[i]);
		story_look(s, 2000, look);
		story_look(s, 2100, look);
		assert_told_begins(s, "opened deadlock ");
		memcpy(signatures[i], s->signature[0], sizeof(signatures[i]));
		story_free(s);
	}
	assert_string_equal(signatures[0], signatures[1]);
	assert_string_not_equal(signatures[0], signatures[2]);
}

static void the_order_of_facts_does_not_matter(void **state)
{
	static const char *const looks[] = {
		"process 1 p\nlock A\nlock B\nlock C\nthread 1/10 h sleeping\n"
		"A is held by 1/10\nB is held by 1/10\nB is held by 1/13\n"
		"waits 1/13 for A since 105\nwaits 1/11 for A since 100\nwaits 1/12 for B since "
		"100\n",
		"waits 1/12 for B since 100\nwaits 1/11 for A since 100\n"
		"waits 1/13 for A since 105\nB is held by 1/13\nB is held by 1/10\n"
		"A is held by 1/10\nthread 1/10 h sleeping\nlock C\nlock B\nlock A\nprocess 1 p\n",
	};
	struct story *s[2];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		s[i] = story_new(false);
		story_look(s[i], 2000, looks[i]);
		story_look(s[i], 2100, looks[i]);
	}
	assert_told(s[0], "opened slow-holder certain: root 1/10 holder 1/13-A waiting 1/11-A "
			  "1/12-B; since 100; stuck 3");
	assert_string_equal(s[0]->told[0], s[1]->told[0]);
	assert_string_equal(s[0]->summary[0], s[1]->summary[0]);
	assert_string_equal(s[0]->id[0], s[1]->id[0]);
	story_free(s[0]);
	story_free(s[1]);
}

static int refuse(void *ctx, const struct report *r)
{
	(void)ctx;
	(void)r;
	return -EPIPE;
}

static void an_error_of_the_reader_comes_back(void **state)
{
	struct story *s = story_new(false);
	struct engine_out out = {.report = refuse};
	struct fact session = {.type = FACT_SESSION, .session.threshold_ns = 1000 * MS};

	(void)state;
	engine_free(s->engine);
	assert_int_equal(engine_new(&out, &s->engine), 0);
	put(s, &session);
	story_look(s, 1200, SLOW);
	assert_int_equal(s->err, 0);
	story_look(s, 1300, SLOW);
	assert_int_equal(s->err, -EPIPE);
	s->err = 0;
	story_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(facts_out_of_order_are_refused),
		cmocka_unit_test(nothing_comes_before_the_session),
		cmocka_unit_test(facts_that_are_not_whole_are_refused),
		cmocka_unit_test(hooks_that_are_off_are_told_of_while_they_are),
		cmocka_unit_test(threads_with_one_stack_share_it),
		cmocka_unit_test(a_thousand_waiters_do_not_give_a_thousand_stacks),
		cmocka_unit_test(the_signature_knows_no_pids_and_no_order),
		cmocka_unit_test(the_signature_knows_no_debug_files),
		cmocka_unit_test(the_order_of_facts_does_not_matter),
		cmocka_unit_test(an_error_of_the_reader_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
