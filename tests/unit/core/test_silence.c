// SPDX-License-Identifier: GPL-2.0
/* What is kept back, what is told all the same, and that both are counted. */
#include "told.h"

#include "core/silence.h"

struct room {
	struct filters filters;
	struct silence *silence;
	struct engine_out door; /* what the engine talks to */
	char heard[512];	/* by whoever is told */
	size_t stalls;		/* as the engine counts them */
	size_t contended;
	size_t open;
	uint64_t suppressed;
};

static void hear(struct room *r, const char *a, const char *b)
{
	size_t n = strlen(r->heard);

	snprintf(r->heard + n, sizeof(r->heard) - n, "%s%s %s", n ? ", " : "", a, b);
}

static int hear_report(void *ctx, const struct report *report)
{
	hear(ctx, word_event(report->event), report->id);
	return 0;
}

static int hear_end(void *ctx, const struct report_end *end)
{
	char counts[128];
	size_t n;

	n = (size_t)snprintf(counts, sizeof(counts), "%zu told", end->opened);
	if (end->contended)
		n += (size_t)snprintf(counts + n, sizeof(counts) - n, " (%zu contended)",
				      end->contended);
	n += (size_t)snprintf(counts + n, sizeof(counts) - n, " %zu open", end->still_open);
	if (end->suppressed)
		n += (size_t)snprintf(counts + n, sizeof(counts) - n, " %d more",
				      (int)end->suppressed);
	assert_true(end->filtered);
	for (size_t i = 0; i < end->n_silenced; i++)
		n += (size_t)snprintf(counts + n, sizeof(counts) - n, " %zu(%s)",
				      end->silenced[i].stalls,
				      end->silenced[i].filter ? end->silenced[i].filter : "only");
	hear(ctx, "end:", counts);
	return 0;
}

static struct room *room(const char *only, const char *ignore, const char *ignore_too)
{
	struct room *r = calloc(1, sizeof(*r));
	struct engine_out ear = {.report = hear_report, .end = hear_end, .ctx = r};
	struct filter_error error;

	assert_non_null(r);
	if (only)
		assert_int_equal(filters_add(&r->filters, LIST_ONLY, only, &error), 0);
	if (ignore)
		assert_int_equal(filters_add(&r->filters, LIST_IGNORE, ignore, &error), 0);
	if (ignore_too)
		assert_int_equal(filters_add(&r->filters, LIST_IGNORE, ignore_too, &error), 0);
	assert_int_equal(silence_new(&r->filters, &ear, &r->silence, &r->door), 0);
	return r;
}

static void say(struct room *r, enum report_event event, const char *id, const char *rule,
		const char *threads)
{
	struct told t;

	r->stalls += event == EVENT_OPENED || event == EVENT_SNAPSHOT;
	r->contended += event == EVENT_OPENED && !strcmp(rule, "convoy");
	r->open += event == EVENT_OPENED || event == EVENT_SNAPSHOT;
	r->open -= event == EVENT_RESOLVED;
	assert_int_equal(r->door.report(r->door.ctx, told(&t, event, id, rule, threads)), 0);
}

/* Ends it, and returns the worst that was told. */
static enum severity leave(struct room *r, const char *heard)
{
	struct report_end end = {.opened = r->stalls,
				 .contended = r->contended,
				 .still_open = r->open,
				 .suppressed = r->suppressed};
	enum severity worst;

	assert_int_equal(r->door.end(r->door.ctx, &end), 0);
	assert_string_equal(r->heard, heard);
	worst = silence_worst(r->silence);
	silence_free(r->silence);
	filters_free(&r->filters);
	free(r);
	return worst;
}

static void the_first_ignore_that_fits_counts_it(void **state)
{
	struct room *r = room(NULL, "rule=deadlock", "comm=a");

	(void)state;
	say(r, EVENT_OPENED, "x", "deadlock", "cycle a");
	say(r, EVENT_OPENED, "y", "slow-holder", "root a");
	say(r, EVENT_OPENED, "z", "slow-holder", "root b");
	say(r, EVENT_CHANGED, "x", "deadlock", "cycle a\nwaiting a");
	say(r, EVENT_RESOLVED, "x", "deadlock", "cycle a");
	assert_int_equal(leave(r, "opened z, end: 1 told 1 open 1(rule=deadlock) 1(comm=a)"),
			 SEVERITY_STALL);
}

static void only_what_is_asked_for_and_not_ignored(void **state)
{
	struct room *r = room("unit=db", "rule=slow-holder", NULL);

	(void)state;
	say(r, EVENT_OPENED, "x", "deadlock", "cycle a\nwaiting b unit db.service");
	say(r, EVENT_OPENED, "y", "slow-holder", "root a\nwaiting b unit db.service");
	say(r, EVENT_OPENED, "z", "deadlock", "cycle a");
	assert_int_equal(leave(r, "opened x, end: 1 told 1 open 1(only) 1(rule=slow-holder)"),
			 SEVERITY_STALL);
}

static void nothing_but_what_is_silenced(void **state)
{
	struct room *r = room(NULL, "comm=a", NULL);

	(void)state;
	say(r, EVENT_SNAPSHOT, "x", "deadlock", "cycle a");
	assert_int_equal(leave(r, "end: 0 told 0 open 1(comm=a)"), 0);
}

/* What they kept back before stays counted, under its own name, and what was told is told on. */
static void filters_may_change_on_the_way(void **state)
{
	struct room *r = room(NULL, "comm=a", NULL);
	struct filters fresh = {0}, old = r->filters;
	struct filter_error error;

	(void)state;
	say(r, EVENT_OPENED, "x", "deadlock", "cycle a");
	say(r, EVENT_OPENED, "y", "deadlock", "cycle b");
	assert_int_equal(filters_add(&fresh, LIST_IGNORE, "comm=b", &error), 0);
	assert_int_equal(filters_add(&fresh, LIST_ONLY, "rule=deadlock", &error), 0);
	assert_int_equal(silence_refilter(r->silence, &fresh), 0);
	filters_free(&old);
	say(r, EVENT_OPENED, "z", "deadlock", "cycle b");
	say(r, EVENT_OPENED, "v", "slow-holder", "root c");
	say(r, EVENT_RESOLVED, "y", "deadlock", "cycle b");
	say(r, EVENT_CHANGED, "x", "deadlock", "cycle a");
	r->filters = fresh;
	assert_int_equal(leave(r, "opened y, resolved y, opened x, end: 2 told 1 open 1(only) "
				  "0(comm=a) 1(comm=b)"),
			 SEVERITY_STALL);
}

static void nothing_at_all(void **state)
{
	(void)state;
	assert_int_equal(leave(room("comm=a", NULL, NULL), "end: 0 told 0 open 0(only)"), 0);
}

static void a_stall_that_becomes_one_that_is_wanted_is_opened_then(void **state)
{
	struct room *r = room(NULL, "rule=slow-holder", NULL);

	(void)state;
	say(r, EVENT_OPENED, "x", "slow-holder", "root a");
	say(r, EVENT_CHANGED, "x", "deadlock", "cycle a");
	say(r, EVENT_CHANGED, "x", "deadlock", "cycle a\nwaiting b");
	say(r, EVENT_RESOLVED, "x", "deadlock", "cycle a");
	assert_int_equal(leave(r, "opened x, changed x, resolved x, end: 1 told 0 open "
				  "0(rule=slow-holder)"),
			 SEVERITY_STALL);
}

static void a_stall_that_was_told_is_told_to_its_end(void **state)
{
	struct room *r = room(NULL, "rule=slow-holder", NULL);

	(void)state;
	say(r, EVENT_OPENED, "x", "deadlock", "cycle a");
	say(r, EVENT_CHANGED, "x", "slow-holder", "root a");
	say(r, EVENT_RESOLVED, "x", "slow-holder", "root a");
	assert_int_equal(leave(r, "opened x, changed x, resolved x, end: 1 told 0 open "
				  "0(rule=slow-holder)"),
			 SEVERITY_STALL);
}

static void its_news_are_kept_back_too(void **state)
{
	struct room *r = room(NULL, "comm=a", NULL);

	(void)state;
	say(r, EVENT_OPENED, "x", "slow-holder", "root a");
	say(r, EVENT_ESCALATED, "x", "slow-holder", "root a");
	say(r, EVENT_RESOLVED, "x", "slow-holder", "root a");
	say(r, EVENT_REOPENED, "x", "slow-holder", "root a"); /* the same one: counted already */
	say(r, EVENT_MERGED, "x", "slow-holder", "root a");
	r->open = 0;
	assert_int_equal(leave(r, "end: 0 told 0 open 1(comm=a)"), 0);
}

static void one_that_lasts_is_opened_when_it_is_wanted(void **state)
{
	struct room *r = room(NULL, "comm=a", NULL);

	(void)state;
	say(r, EVENT_OPENED, "x", "slow-holder", "root a");
	say(r, EVENT_ESCALATED, "x", "slow-holder", "root b");
	say(r, EVENT_MERGED, "x", "slow-holder", "root a");
	r->open = 0;
	assert_int_equal(leave(r, "opened x, merged x, end: 1 told 0 open 0(comm=a)"),
			 SEVERITY_STALL);
}

static void one_that_comes_back_as_a_wanted_one_is_opened(void **state)
{
	struct room *r = room(NULL, "comm=a", NULL);

	(void)state;
	say(r, EVENT_OPENED, "x", "slow-holder", "root a");
	say(r, EVENT_RESOLVED, "x", "slow-holder", "root a");
	say(r, EVENT_REOPENED, "x", "slow-holder", "root b");
	say(r, EVENT_RESOLVED, "x", "slow-holder", "root b");
	say(r, EVENT_OPENED, "y", "slow-holder", "root b");
	say(r, EVENT_RESOLVED, "y", "slow-holder", "root b");
	say(r, EVENT_REOPENED, "y", "slow-holder", "root b");
	r->open = 1;
	assert_int_equal(leave(r, "opened x, resolved x, opened y, resolved y, reopened y, "
				  "end: 1 told 1 open 1(comm=a)"),
			 SEVERITY_STALL);
}

static void those_that_were_too_many_are_counted_where_they_belong(void **state)
{
	struct room *r = room(NULL, "comm=a", NULL);
	struct told t;

	(void)state;
	told(&t, EVENT_SUPPRESSED, "x", "slow-holder", "root a");
	t.report.life.suppressed = 3;
	assert_int_equal(r->door.report(r->door.ctx, &t.report), 0);
	told(&t, EVENT_SUPPRESSED, "y", "slow-holder", "root b");
	t.report.life.suppressed = 2;
	assert_int_equal(r->door.report(r->door.ctx, &t.report), 0);
	r->suppressed = 5;
	assert_int_equal(leave(r, "suppressed y, end: 0 told 0 open 2 more 3(comm=a)"),
			 SEVERITY_STALL);
}

static void what_is_kept_back_takes_up_no_room(void **state)
{
	struct room *r = room(NULL, "comm=a", NULL);
	struct told t;

	(void)state;
	assert_true(r->door.keeps_back(r->door.ctx,
				       told(&t, EVENT_OPENED, "x", "slow-holder", "root a")));
	assert_false(r->door.keeps_back(r->door.ctx,
					told(&t, EVENT_OPENED, "y", "slow-holder", "root b")));
	say(r, EVENT_OPENED, "y", "slow-holder", "root b");
	assert_false(r->door.keeps_back(r->door.ctx,
					told(&t, EVENT_CHANGED, "y", "slow-holder", "root a")));
	assert_int_equal(leave(r, "opened y, end: 1 told 1 open 0(comm=a)"), SEVERITY_STALL);
}

static void the_end_of_what_was_kept_back_is_kept_back(void **state)
{
	struct room *r = room("rule=deadlock", NULL, NULL);

	(void)state;
	say(r, EVENT_OPENED, "x", "slow-holder", "root a");
	say(r, EVENT_RESOLVED, "x", "slow-holder", "root a");
	assert_int_equal(leave(r, "end: 0 told 0 open 1(only)"), 0);
}

/* What is told, and so what the exit status says, is not worse than contention. */
static void contention_beside_what_is_silenced(void **state)
{
	struct room *r = room(NULL, "severity=stall", NULL);

	(void)state;
	say(r, EVENT_OPENED, "x", "slow-holder", "root a");
	say(r, EVENT_OPENED, "y", "convoy", "root a");
	assert_int_equal(leave(r, "opened y, end: 1 told (1 contended) 1 open 1(severity=stall)"),
			 SEVERITY_CONTENTION);
}

static void contention_that_is_silenced_and_gets_worse(void **state)
{
	struct room *r = room(NULL, "severity=contention", NULL);

	(void)state;
	say(r, EVENT_OPENED, "x", "convoy", "root a");
	say(r, EVENT_OPENED, "y", "convoy", "root a");
	say(r, EVENT_CHANGED, "y", "slow-holder", "root a");
	assert_int_equal(leave(r, "opened y, end: 1 told 1 open 1(severity=contention)"),
			 SEVERITY_STALL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_ignore_that_fits_counts_it),
		cmocka_unit_test(only_what_is_asked_for_and_not_ignored),
		cmocka_unit_test(nothing_but_what_is_silenced),
		cmocka_unit_test(filters_may_change_on_the_way),
		cmocka_unit_test(nothing_at_all),
		cmocka_unit_test(a_stall_that_becomes_one_that_is_wanted_is_opened_then),
		cmocka_unit_test(a_stall_that_was_told_is_told_to_its_end),
		cmocka_unit_test(contention_beside_what_is_silenced),
		cmocka_unit_test(contention_that_is_silenced_and_gets_worse),
		cmocka_unit_test(its_news_are_kept_back_too),
		cmocka_unit_test(one_that_lasts_is_opened_when_it_is_wanted),
		cmocka_unit_test(one_that_comes_back_as_a_wanted_one_is_opened),
		cmocka_unit_test(those_that_were_too_many_are_counted_where_they_belong),
		cmocka_unit_test(what_is_kept_back_takes_up_no_room),
		cmocka_unit_test(the_end_of_what_was_kept_back_is_kept_back),
	};

	return cmocka_run_group_tests_name("silence", tests, NULL, NULL);
}
