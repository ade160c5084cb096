// SPDX-License-Identifier: GPL-2.0
/* A stall that was told of by one session goes on, or has ended, in the next. */
#include "story.h"

#include <errno.h>

#define HOLDER	 "process 1 p\nlock M\nthread 1/10 h sleeping\nM is held by 1/10\n"
#define STUCK	 HOLDER "thread 1/11 w lock-wait moved 7\nwaits 1/11 for M since 100\n"
#define OPENED	 "opened slow-holder certain: root 1/10 waiting 1/11-M; since 100; stuck 1"
#define MAX_KEPT 16

/* What one session leaves to the next. */
struct left {
	struct fact facts[MAX_KEPT];
	char text[MAX_KEPT][3][64];
	size_t n;
};

struct next {
	struct story *s;
	size_t n_kept, n_ended;
	struct stall_end end;
	char id[24], into[24];
};

static const char *keep(char to[64], const char *from)
{
	snprintf(to, 64, "%s", from);
	return to;
}

static int put_left(void *ctx, const struct fact *f)
{
	struct left *l = ctx;
	char(*text)[64] = l->text[l->n];
	struct fact *to = &l->facts[l->n++];

	assert_true(l->n <= MAX_KEPT);
	*to = *f;
	if (f->type == FACT_STALL) {
		to->stall.id = keep(text[0], f->stall.id);
		to->stall.rule = keep(text[1], f->stall.rule);
		to->stall.signature = keep(text[2], f->stall.signature);
	} else {
		assert_int_equal(f->type, FACT_STALL_WAIT);
		to->stall_wait.stall = keep(text[0], f->stall_wait.stall);
		to->stall_wait.resource = keep(text[1], f->stall_wait.resource);
	}
	return 0;
}

static void leave(struct story *s, struct left *l)
{
	l->n = 0;
	assert_int_equal(engine_save(s->engine, &(struct fact_sink){put_left, l}), 0);
}

static int on_kept(void *ctx, const struct fact_stall *stall)
{
	struct next *n = ctx;

	snprintf(n->id, sizeof(n->id), "%s", stall->id);
	n->n_kept++;
	return 0;
}

static int on_ended(void *ctx, const struct stall_end *end)
{
	struct next *n = ctx;

	n->end = *end;
	snprintf(n->id, sizeof(n->id), "%s", end->id);
	snprintf(n->into, sizeof(n->into), "%s", end->into);
	n->n_ended++;
	return 0;
}

static int report_next(void *ctx, const struct report *r)
{
	return on_report(((struct next *)ctx)->s, r);
}

static int end_next(void *ctx, const struct report_end *end)
{
	return on_end(((struct next *)ctx)->s, end);
}

/* A session that begins then, with what was left. */
static struct next *next_session(const struct left *l, uint64_t now_ms)
{
	struct next *n = calloc(1, sizeof(*n));
	struct engine_out out = {.report = report_next,
				 .end = end_next,
				 .kept = on_kept,
				 .ended = on_ended,
				 .ctx = n};
	struct fact f = {.type = FACT_SESSION,
			 .session = {.version = "1",
				     .via = "census",
				     .hooks = "",
				     .target = "the whole system",
				     .threshold_ns = 1000 * MS,
				     .now_ns = now_ms * MS}};

	n->s = calloc(1, sizeof(*n->s));
	assert_int_equal(engine_new(&out, &n->s->engine), 0);
	put(n->s, &f);
	for (size_t i = 0; i < l->n; i++)
		put(n->s, &l->facts[i]);
	assert_int_equal(n->s->err, 0);
	return n;
}

static void next_free(struct next *n)
{
	assert_int_equal(n->s->err, 0);
	story_free(n->s);
	free(n);
}

/* One that is stuck, told of, and left at 2000. */
static void stuck_one(struct left *l, char id[24])
{
	struct story *s = story_new(false);

	story_look(s, 1200, STUCK);
	story_look(s, 2000, STUCK);
	assert_told(s, OPENED);
	assert_silent(s);
	memcpy(id, s->id[0], 24);
	leave(s, l);
	story_free(s);
	assert_int_equal(l->n, 2);
	assert_string_equal(l->facts[0].stall.id, id);
	assert_string_equal(l->facts[1].stall_wait.resource, "M");
	assert_true(l->facts[1].stall_wait.trigger);
	assert_int_equal(l->facts[1].stall_wait.nvcsw, 7);
}

static void it_goes_on_untold_and_ends_as_the_same(void **state)
{
	struct left l;
	char id[24];
	struct next *n;

	(void)state;
	stuck_one(&l, id);
	n = next_session(&l, 5000);
	assert_int_equal(n->n_kept, 1);
	assert_int_equal(engine_still_open(n->s->engine), 1);
	for (int now = 5100; now < 10100; now += 100)
		story_look(n->s, (uint64_t)now, STUCK);
	assert_silent(n->s);
	/* what else is news is told, of the same one */
	story_look(n->s, 10200, STUCK);
	assert_told_begins(n->s, "escalated slow-holder");
	assert_string_equal(n->s->id[0], id);
	story_look(n->s, 10300, HOLDER);
	story_look(n->s, 10400, HOLDER);
	assert_told(n->s, "resolved slow-holder certain: root 1/10 waiting 1/11-M; lasted 10200");
	assert_string_equal(n->s->id[1], id);
	assert_int_equal(n->s->life[1].ending, ENDING_WATCHED);
	assert_int_equal(n->n_ended, 0);
	story_end(n->s, 12000);
	assert_string_equal(n->s->ended, "opened 0, open 0");
	next_free(n);
}

/* At the same thread, whose new wait nobody saw begin; or on the same root. */
static void other_looks_find_the_same_one(void **state)
{
	static const char *const now[] = {
		HOLDER "thread 1/11 w lock-wait moved 30\nwaits 1/11 for M since 9500 at-least\n",
		HOLDER "thread 1/12 w lock-wait moved 9\nwaits 1/12 for M since 300\n",
		("process 1 p\nlock M\nthread 1/13 h sleeping\nM is held by 1/13\n"
		 "thread 1/11 w lock-wait moved 7\nwaits 1/11 for M since 100\n"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(now) / sizeof(now[0]); i++) {
		struct left l;
		char id[24];
		struct next *n;

		stuck_one(&l, id);
		n = next_session(&l, 10500);
		for (uint64_t t = 10600; t < 13000; t += 100)
			story_look(n->s, t, now[i]);
		/* one has another waiter, one another root: that is news */
		while (n->s->n_read < n->s->n_told) {
			assert_string_equal(n->s->id[n->s->n_read], id);
			assert_null(strstr(story_told(n->s), "opened"));
		}
		assert_int_equal(n->n_ended, 0);
		assert_int_equal(engine_still_open(n->s->engine), 1);
		next_free(n);
	}
}

static void what_has_ended_unwatched_is_told_as_that(void **state)
{
	struct left l;
	char id[24];
	struct next *n;

	(void)state;
	stuck_one(&l, id);
	n = next_session(&l, 9000);
	story_look(n->s, 9100, "process 1 p\n");
	assert_int_equal(n->n_ended, 0); /* one look may fail */
	story_look(n->s, 9200, "process 1 p\n");
	assert_int_equal(n->n_ended, 1);
	assert_string_equal(n->id, id);
	assert_int_equal(n->end.event, EVENT_RESOLVED);
	assert_int_equal(n->end.ending, ENDING_UNWATCHED);
	assert_int_equal(n->end.lasted_ns, 1900 * MS); /* until it was last seen */
	for (uint64_t t = 9300; t < 12000; t += 100)
		story_look(n->s, t, "process 1 p\n");
	assert_int_equal(n->n_ended, 1);
	assert_silent(n->s);
	assert_int_equal(engine_still_open(n->s->engine), 0);
	next_free(n);
}

/* Its thread is there, but does something else: it is given time, as some are hard to find. */
static void one_that_has_moved_is_given_time(void **state)
{
	const char *moved = "process 1 p\nthread 1/11 w sleeping moved 30\n";
	struct left l;
	char id[24];
	struct next *n;
	uint64_t now = 9000;

	(void)state;
	stuck_one(&l, id);
	n = next_session(&l, now);
	while (now < 18500)
		story_look(n->s, now += 500, moved);
	assert_int_equal(n->n_ended, 0);
	while (now < 21000)
		story_look(n->s, now += 500, moved);
	assert_int_equal(n->n_ended, 1);
	assert_int_equal(n->end.ending, ENDING_UNWATCHED);
	next_free(n);
}

/* ... and one that has not moved goes on, whether it is found or not. */
static void one_that_has_not_moved_goes_on(void **state)
{
	const char *there = "process 1 p\nthread 1/11 w sleeping moved 7\n";
	struct left l, again;
	char id[24];
	struct next *n;
	const struct thread_ref *refs;
	size_t n_refs;
	uint64_t now = 9000;

	(void)state;
	stuck_one(&l, id);
	n = next_session(&l, now);
	assert_int_equal(engine_kept(n->s->engine, &refs, &n_refs), 0);
	assert_int_equal(n_refs, 1);
	assert_int_equal(refs[0].tid, 11);
	while (now < 60000)
		story_look(n->s, now += 500, there);
	assert_int_equal(n->n_ended, 0);
	assert_silent(n->s);
	/* a third session has it from there */
	leave(n->s, &again);
	assert_int_equal(again.n, 2);
	assert_string_equal(again.facts[0].stall.id, id);
	assert_int_equal(again.facts[0].stall.last_ns, now * MS);
	assert_int_equal(again.facts[1].stall_wait.nvcsw, 7);
	/* its end was watched */
	story_look(n->s, now + 500, "process 1 p\n");
	story_look(n->s, now + 1000, "process 1 p\n");
	assert_int_equal(n->n_ended, 1);
	assert_int_equal(n->end.ending, ENDING_WATCHED);
	assert_int_equal(n->end.lasted_ns, (60500 - 100) * MS);
	next_free(n);
}

/* A hook saw it begin after the other session ended: another wait, at another lock or not. */
static void a_wait_that_began_later_is_another_one(void **state)
{
	const char *later = "process 1 p\nlock M\nthread 1/13 h sleeping\nM is held by 1/13\n"
			    "thread 1/11 w lock-wait moved 30\nwaits 1/11 for M since 8000\n";
	struct left l;
	char id[24];
	struct next *n;
	uint64_t now = 9000;

	(void)state;
	stuck_one(&l, id);
	n = next_session(&l, now);
	while (now < 25000)
		story_look(n->s, now += 500, later);
	assert_told_begins(n->s, "opened slow-holder");
	assert_string_not_equal(n->s->id[0], id);
	assert_int_equal(n->n_ended, 1);
	assert_string_equal(n->id, id);
	next_free(n);
}

/* Another version may know other rules, and other ways to name a root. */
static void another_versions_stall_is_known_by_its_waits(void **state)
{
	struct left l;
	char id[24];
	struct next *n;
	uint64_t now = 5000;

	(void)state;
	stuck_one(&l, id);
	l.facts[0].stall.root_key++;
	l.facts[0].stall.rule = "no-such-rule";
	n = next_session(&l, now);
	while (now < 6500)
		story_look(n->s, now += 100, STUCK);
	assert_told_begins(n->s, "changed slow-holder");
	assert_silent(n->s);
	assert_string_equal(n->s->id[0], id);
	assert_int_equal(n->s->life[0].change, CHANGE_RULE);
	next_free(n);
}

static void what_cannot_be_is_refused(void **state)
{
	const struct fact_stall good = {.id = "abcd",
					.rule = "deadlock",
					.signature = "0123",
					.times = 1,
					.quality = SINCE_UNKNOWN};
	struct fact_stall bad[] = {good, good, good, good, good, good};
	struct left none = {.n = 0};
	struct next *n = next_session(&none, 9000);

	(void)state;
	bad[0].id = "../../etc/passwd";
	bad[1].signature = "0123456789abcdef0123456789abcdef";
	bad[2].times = 0;
	bad[3].quality = 77;
	bad[4].since_ns = 5;
	bad[5].level = 3;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(engine_put(n->s->engine,
					    &(struct fact){.type = FACT_STALL, .stall = bad[i]}),
				 -EPROTO);
	assert_int_equal(
		engine_put(n->s->engine, &(struct fact){.type = FACT_STALL, .stall = good}), 0);
	/* of no stall that is known, it is nothing */
	assert_int_equal(engine_put(n->s->engine, &(struct fact){.type = FACT_STALL_WAIT,
								 .stall_wait = {.stall = "nobody",
										.ref = {1, 1, 1},
										.resource = "M"}}),
			 0);
	story_look(n->s, 9100, "process 1 p\n");
	assert_int_equal(
		engine_put(n->s->engine, &(struct fact){.type = FACT_STALL, .stall = good}),
		-EPROTO);
	next_free(n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_goes_on_untold_and_ends_as_the_same),
		cmocka_unit_test(other_looks_find_the_same_one),
		cmocka_unit_test(what_has_ended_unwatched_is_told_as_that),
		cmocka_unit_test(one_that_has_moved_is_given_time),
		cmocka_unit_test(one_that_has_not_moved_goes_on),
		cmocka_unit_test(a_wait_that_began_later_is_another_one),
		cmocka_unit_test(another_versions_stall_is_known_by_its_waits),
		cmocka_unit_test(what_cannot_be_is_refused),
	};

	return cmocka_run_group_tests_name("stall_kept", tests, NULL, NULL);
}
