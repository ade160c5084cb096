// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "report/metrics/metrics.h"
#include "report/metrics/metrics_tally.h"

#define S 1000000000ULL

static struct metrics a_watch(void)
{
	return (struct metrics){
		.version = "1.2.3",
		.via = "hooks",
		.target = "the whole system",
		.hooks = "futex pipe",
		.threshold_ns = S,
		.looked_wall_ns = 1793404931 * S + 5,
	};
}

static char *written(const struct metrics *m)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	metrics_write(m, f);
	fclose(f);
	return text;
}

static void expect_line(const char *text, const char *line)
{
	const char *at = strstr(text, line);

	if (!at || (at != text && at[-1] != '\n') || at[strlen(line)] != '\n')
		fail_msg("there is no line\n%s\nin\n%s", line, text);
}

static void numbers_have_all_their_digits(void **state)
{
	struct metrics m = a_watch();
	char *text;

	(void)state;
	m.processes[METRICS_WATCH] = (struct metrics_process){1, 3 * S + 20000000, 14680064};
	m.cpu_recent_ppm = 812;
	text = written(&m);
	expect_line(text, "# TYPE locktrace_last_look_timestamp_seconds gauge");
	expect_line(text, "locktrace_last_look_timestamp_seconds 1793404931.000000005");
	expect_line(text, "locktrace_build_info{version=\"1.2.3\"} 1");
	expect_line(text, "locktrace_watch_info{via=\"hooks\",target=\"the whole system\"} 1");
	expect_line(text, "locktrace_hooks_attached 2");
	expect_line(text, "locktrace_hook_attached{hook=\"pipe\"} 1");
	expect_line(text, "locktrace_cpu_seconds_total{process=\"watch\"} 3.020000000");
	expect_line(text, "locktrace_resident_memory_bytes{process=\"watch\"} 14680064");
	expect_line(text, "locktrace_cpu_recent_ratio 0.000812000");
	expect_line(text, "locktrace_longest_open_stall_seconds 0");
	assert_null(strstr(text, "locktrace_spool"));
	free(text);
}

static void names_of_strangers_are_escaped(void **state)
{
	const struct metrics_stall stall = {.rule = "deadlock",
					    .severity = SEVERITY_STALL,
					    .unit = "a\"b\\c\n\xff.service",
					    .told = 2,
					    .open = 1};
	struct metrics m = a_watch();
	char *text;

	(void)state;
	m.stalls = &stall;
	m.n_stalls = 1;
	m.target = "1 \"\\\n}";
	text = written(&m);
	expect_line(text, "locktrace_stalls_total{rule=\"deadlock\",severity=\"stall\","
			  "unit=\"a\\\"b\\\\c\\\\x0a\\\\xff.service\"} 2");
	expect_line(text, "locktrace_watch_info{via=\"hooks\",target=\"1 \\\"\\\\\\\\x0a}\"} 1");
	free(text);
}

static void looks_are_a_histogram(void **state)
{
	struct metrics m = a_watch();
	char *text;

	(void)state;
	metrics_looked(&m, 1000000);
	metrics_looked(&m, 2 * S);
	metrics_looked(&m, 60 * S);
	text = written(&m);
	expect_line(text, "locktrace_look_duration_seconds_bucket{le=\"0.001\"} 1");
	expect_line(text, "locktrace_look_duration_seconds_bucket{le=\"1\"} 1");
	expect_line(text, "locktrace_look_duration_seconds_bucket{le=\"3\"} 2");
	expect_line(text, "locktrace_look_duration_seconds_bucket{le=\"10\"} 2");
	expect_line(text, "locktrace_look_duration_seconds_bucket{le=\"+Inf\"} 3");
	expect_line(text, "locktrace_look_duration_seconds_sum 62.001000000");
	expect_line(text, "locktrace_look_duration_seconds_count 3");
	free(text);
}

static void a_spool_has_numbers_when_it_is_known(void **state)
{
	struct metrics m = a_watch();
	char *text;

	(void)state;
	m.spool = (struct metrics_spool){.on = true, .written = 7, .lost = 1};
	text = written(&m);
	expect_line(text, "locktrace_spool_written_total 7");
	expect_line(text, "locktrace_spool_dropped_total 1");
	assert_null(strstr(text, "locktrace_spool_files"));
	free(text);
	m.spool.listed = true;
	m.spool.files = 3;
	text = written(&m);
	expect_line(text, "locktrace_spool_files 3");
	free(text);
}

/* ---- Counted by rule and unit ---- */

static void tell(struct tally *t, enum report_event event, const char *id, const char *rule,
		 const char *unit)
{
	const struct report_thread thread = {.unit = unit};
	struct report r = {.event = event,
			   .rule = rule,
			   .severity = strcmp(rule, "contended") ? SEVERITY_STALL
								 : SEVERITY_CONTENTION,
			   .threads = &thread,
			   .n_threads = 1,
			   .since_ns = strtoull(id, NULL, 10) * S};

	snprintf(r.id, sizeof(r.id), "%s", id);
	assert_int_equal(tally_report(t, &r), 0);
}

static const struct metrics_stall *find(const struct metrics *m, const char *rule, const char *unit)
{
	for (size_t i = 0; i < m->n_stalls; i++) {
		if (!strcmp(m->stalls[i].rule, rule) && !strcmp(m->stalls[i].unit, unit))
			return &m->stalls[i];
	}
	fail_msg("nothing is counted of %s in %s", rule, unit);
	return NULL;
}

static void expect(struct tally *t, const char *rule, const char *unit, uint64_t told,
		   uint64_t open, uint64_t oldest_s)
{
	struct metrics m;
	const struct metrics_stall *s;

	tally_fill(t, 100 * S, &m);
	s = find(&m, rule, unit);
	assert_int_equal(s->told, told);
	assert_int_equal(s->open, open);
	assert_int_equal(s->oldest_ns, oldest_s * S);
}

static void a_stall_is_open_until_it_is_over(void **state)
{
	struct tally *t;
	struct metrics m;

	(void)state;
	assert_int_equal(tally_new(&t), 0);
	tally_fill(t, 100 * S, &m);
	assert_int_equal(m.n_stalls, 0);
	tell(t, EVENT_OPENED, "10", "deadlock", "a.service");
	tell(t, EVENT_OPENED, "30", "deadlock", "a.service");
	tell(t, EVENT_OPENED, "20", "slow-holder", NULL);
	tell(t, EVENT_ESCALATED, "10", "deadlock", "a.service");
	expect(t, "deadlock", "a.service", 2, 2, 90);
	expect(t, "slow-holder", "none", 1, 1, 80);
	tally_fill(t, 100 * S, &m);
	assert_int_equal(m.longest_ns, 90 * S);
	tell(t, EVENT_OPENED, "1", "contended", NULL);
	tally_fill(t, 100 * S, &m);
	assert_int_equal(m.longest_ns, 90 * S);
	expect(t, "contended", "none", 1, 1, 99);
	tell(t, EVENT_RESOLVED, "10", "deadlock", "a.service");
	tell(t, EVENT_MERGED, "20", "slow-holder", NULL);
	expect(t, "deadlock", "a.service", 2, 1, 70);
	expect(t, "slow-holder", "none", 1, 0, 0);
	tell(t, EVENT_REOPENED, "20", "slow-holder", NULL);
	expect(t, "slow-holder", "none", 2, 1, 80);
	tally_free(t);
}

static void a_rule_that_changes_takes_the_open_one_along(void **state)
{
	struct tally *t;

	(void)state;
	assert_int_equal(tally_new(&t), 0);
	tell(t, EVENT_OPENED, "1", "slow-holder", "a.service");
	tell(t, EVENT_CHANGED, "1", "deadlock", "a.service");
	expect(t, "slow-holder", "a.service", 1, 0, 0);
	expect(t, "deadlock", "a.service", 1, 1, 99);
	tell(t, EVENT_CHANGED, "1", "deadlock", "a.service");
	tell(t, EVENT_RESOLVED, "1", "deadlock", "a.service");
	expect(t, "deadlock", "a.service", 1, 0, 0);
	tally_free(t);
}

static void what_an_earlier_watch_told_of_is_open_and_not_new(void **state)
{
	struct tally *t;

	(void)state;
	assert_int_equal(tally_new(&t), 0);
	tell(t, EVENT_RESOLVED, "7", "deadlock", "a.service");
	tell(t, EVENT_ESCALATED, "8", "deadlock", "a.service");
	expect(t, "deadlock", "a.service", 0, 1, 92);
	tally_free(t);
}

static void containers_come_and_go(void **state)
{
	struct tally *t;

	(void)state;
	assert_int_equal(tally_new(&t), 0);
	tell(t, EVENT_OPENED, "1", "deadlock", "docker 3f2a9c1b7d5e");
	tell(t, EVENT_OPENED, "2", "deadlock", "docker 4f2a9c1b7d5e");
	tell(t, EVENT_OPENED, "3", "deadlock", "nginx.service in docker 4f2a9c1b7d5e");
	expect(t, "deadlock", "docker", 2, 2, 99);
	expect(t, "deadlock", "nginx.service in docker", 1, 1, 97);
	tally_free(t);
}

static void units_are_bounded(void **state)
{
	struct metrics m;
	struct tally *t;
	uint64_t told = 0;
	char unit[600];

	(void)state;
	assert_int_equal(tally_new(&t), 0);
	for (int i = 0; i < 1000; i++) {
		const char *rules[] = {"deadlock", "slow-holder", "self-deadlock",
				       "convoy",   "queue-full",  "orphaned-lock"};

		/* some are longer than there is room for */
		snprintf(unit, sizeof(unit), "%d-%0*d.service", i, i % 7 ? 1 : 400, 0);
		tell(t, EVENT_OPENED, "5", rules[i % 6], unit);
		tell(t, EVENT_RESOLVED, "5", rules[i % 6], unit);
	}
	tally_fill(t, 100 * S, &m);
	assert_true(m.n_stalls <= TALLY_UNITS_MAX * 6 + 6);
	for (size_t i = 0; i < m.n_stalls; i++)
		told += m.stalls[i].told;
	assert_int_equal(told, 1000);
	assert_true(find(&m, "deadlock", "other")->told > 100);
	find(&m, "deadlock", "6-0.service");
	tally_free(t);
}

static void what_was_not_told_is_counted(void **state)
{
	struct tally *t;
	struct metrics m;
	struct report r = {.event = EVENT_SUPPRESSED, .rule = "deadlock", .life.suppressed = 41};

	(void)state;
	assert_int_equal(tally_new(&t), 0);
	strcpy(r.id, "9");
	assert_int_equal(tally_report(t, &r), 0);
	tally_fill(t, 0, &m);
	assert_int_equal(m.suppressed, 41);
	assert_int_equal(m.n_stalls, 0);
	assert_int_equal(m.reports[EVENT_SUPPRESSED], 1);
	tally_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_have_all_their_digits),
		cmocka_unit_test(names_of_strangers_are_escaped),
		cmocka_unit_test(looks_are_a_histogram),
		cmocka_unit_test(a_spool_has_numbers_when_it_is_known),
		cmocka_unit_test(a_stall_is_open_until_it_is_over),
		cmocka_unit_test(a_rule_that_changes_takes_the_open_one_along),
		cmocka_unit_test(what_an_earlier_watch_told_of_is_open_and_not_new),
		cmocka_unit_test(containers_come_and_go),
		cmocka_unit_test(units_are_bounded),
		cmocka_unit_test(what_was_not_told_is_counted),
	};

	return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
