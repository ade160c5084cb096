// SPDX-License-Identifier: GPL-2.0
/* What is written is read back, and told in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report/metrics/metrics.h"
#include "report/metrics/metrics_export.h"
#include "report/metrics/own_cost.h"
#include "report/metrics/status.h"
#include "report/metrics/status_export.h"

#define S 1000000000ULL

static void keep_last(void *ctx, const struct sample *s)
{
	char *buf = ctx;

	snprintf(buf, 256, "%s %zu %s %s %g", s->name, s->n_labels, sample_label(s, "a"),
		 sample_label(s, "b"), s->value);
}

static void expect_read(const char *line, const char *wanted)
{
	char *text = strdup(line), last[256] = "";
	size_t number = 0;
	int err = metrics_read(text, strlen(line), keep_last, last, &number);

	if (wanted) {
		assert_int_equal(err, 0);
		assert_string_equal(last, wanted);
	} else {
		assert_int_equal(err, -EBADMSG);
	}
	free(text);
}

static void samples_are_read(void **state)
{
	(void)state;
	expect_read("", "");
	expect_read("\n# HELP x y\n# TYPE x gauge\nx 3\n", "x 0   3");
	expect_read("x{} -1.5\n", "x 0   -1.5");
	expect_read("x{a=\"1\",b=\"2 } \\\" \\\\ z\"} 0.25\n", "x 2 1 2 } \" \\ z 0.25");
	expect_read("x{b=\"\",} 7\n", "x 1   7");
	expect_read("x +Inf\n", "x 0   inf");
}

static void what_is_no_sample_is_refused(void **state)
{
	static const char *const bad[] = {
		"x 1",		"x\n",
		"x \n",		" x 1\n",
		"1 2\n\0",	"x{a=\"1\" 1\n",
		"x{a=1} 1\n",	"x{a=\"1\"}1\n",
		"x{a=\"1} 1\n", "x 1 2\n",
		"x y\n",	"{} 1\n",
		"x{a=\"\\\n",	"x{=\"\"} 1\n",
		"x{a=\"b\"",	"x{a=\"1\",b=\"2\",c=\"3\",d=\"4\",e=\"5\"} 1\n",
	};
	char zero[] = "x 1\nx\0 2\n";
	char last[256];
	size_t line;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect_read(bad[i], NULL);
	assert_int_equal(metrics_read(zero, sizeof(zero) - 1, keep_last, last, &line), -EBADMSG);
	assert_int_equal(line, 2);
}

/* Any bytes: nothing but an answer is wanted. ASan sees what is read beyond the end. */
static void garbage_is_survived(void **state)
{
	static const char letters[] = "x{}=\"\\,# 10\n\n\0N\xff";
	char last[256];
	size_t line;

	(void)state;
	srand(7);
	for (int round = 0; round < 20000; round++) {
		size_t n = (size_t)rand() % 40;
		char *text = malloc(n ? n : 1);

		for (size_t i = 0; i < n; i++)
			text[i] = letters[(size_t)rand() % (sizeof(letters) - 1)];
		metrics_read(text, n, keep_last, last, &line);
		free(text);
	}
}

/* What a watch writes, told at that time. */
static char *told(const struct metrics *m, double now_s, struct status *s)
{
	char *text = NULL, *words = NULL;
	size_t n, line;
	FILE *f = open_memstream(&text, &n);

	metrics_write(m, f);
	fclose(f);
	*s = (struct status){.began_s = 0};
	assert_int_equal(metrics_read(text, n, status_take, s, &line), 0);
	free(text);
	f = open_memstream(&words, &n);
	status_write(s, now_s, f);
	fclose(f);
	return words;
}

static void a_watch_is_told_in_words(void **state)
{
	const struct metrics_stall stalls[] = {
		{"deadlock", "nginx.service", SEVERITY_STALL, 3, 1, 130 * S},
		{"slow-holder", "none", SEVERITY_STALL, 11, 1, 3 * S},
		{"contended", "x.service", SEVERITY_CONTENTION, 1, 1, 0},
	};
	const struct fact_lost lost[] = {{"waits-full", 3}, {"read-failed", 12}};
	struct metrics m = {
		.version = "1.2.3",
		.via = "hooks",
		.target = "the whole\033 system",
		.hooks = "futex pipe",
		.began_wall_ns = 1793404931 * S,
		.looked_wall_ns = (1793404931 + 11520) * S,
		.stalls = stalls,
		.n_stalls = 3,
		.longest_ns = 130 * S,
		.suppressed = 4,
		.reports = {[EVENT_OPENED] = 12, [EVENT_REOPENED] = 3, [EVENT_RESOLVED] = 9},
		.looks = 10000,
		.looks_ns = 12 * S,
		.facts = 57600,
		.threads = 1432,
		.parked = 1200,
		.lost = lost,
		.n_lost = 2,
		.processes = {{1, 11 * S, 14680064}, {2, S / 2, 5 << 20}},
		.cpu_recent_ppm = 812,
		.parser_starts = 3,
		.spool = {.on = true, .listed = true, .files = 12, .bytes = 1258291, .written = 14},
	};
	struct status s;
	char *words = told(&m, 1793404931 + 11520 + 0.25, &s);

	(void)state;
	assert_true(status_is_whole(&s));
	assert_true(status_n_open(&s) == 3);
	assert_int_equal(status_worst(&s), SEVERITY_STALL);
	assert_string_equal(
		words, "locktrace 1.2.3 watches the whole\\x1b system by hooks, for 3h 12m\n"
		       "hooks    futex pipe\n"
		       "stalls   3 open, stuck for up to 2m 10s: 1 deadlock in nginx.service, 1 "
		       "slow-holder, 1 contended (contention) in x.service\n"
		       "         15 told of, 4 suppressed, 0 silenced\n"
		       "looks    10000, the last 250ms ago, 1ms each on average\n"
		       "sees     1432 threads, 1200 of them waiting for work; 5.0 events/s\n"
		       "lost     3 waits-full, 12 read-failed\n"
		       "cost     0.08 % of a CPU lately, 0.10 % in all; 14.0 MiB, and 5.0 MiB in 2 "
		       "helpers\n"
		       "parsers  3 started, 0 failed\n"
		       "spool    12 reports, 1.2 MiB; 14 written, 0 removed, 0 waiting, 0 lost\n");
	free(words);
	m.stalls = &stalls[2];
	m.n_stalls = 1;
	free(told(&m, 0, &s));
	assert_int_equal(status_worst(&s), SEVERITY_CONTENTION);
}

static void little_is_told_of_little(void **state)
{
	struct metrics m = {.version = "1", .via = "proc", .target = "1 x", .hooks = ""};
	struct status s;
	char *words = told(&m, 0, &s);

	(void)state;
	assert_false(status_is_whole(&s)); /* it has not looked */
	assert_int_equal(status_worst(&s), 0);
	assert_non_null(strstr(words, "\nstalls   none is open\n"));
	assert_non_null(strstr(words, "\nlost     nothing\n"));
	assert_null(strstr(words, "spool"));
	assert_null(strstr(words, "hooks "));
	free(words);
}

static void what_waits_to_leave_is_told(void **state)
{
	const struct export_metrics m = {
		.now_s = 1793404931,
		.sinks =
			{{.name = "journal", .delivered = 14, .oldest_s = 1793404932, .pending = 1},
			 {.name = "otlp",
			  .delivered = 11,
			  .gaps = 1,
			  .refused = 2,
			  .unreadable = 3,
			  .rejected = 4,
			  .pending = 3,
			  .oldest_s = 1793404931 - 7530}},
		.n_sinks = 2,
	};
	struct status_export s = {.n = 0};
	char *text = NULL, *words = NULL;
	size_t n, line;
	FILE *f = open_memstream(&text, &n);

	(void)state;
	metric_rows_write(export_rows, n_export_rows, &m, f);
	fclose(f);
	/* a clock that was set back is no lag */
	assert_non_null(strstr(text, "\nlocktrace_export_lag_seconds{sink=\"journal\"} 0\n"));
	assert_non_null(strstr(text, "\nlocktrace_export_lag_seconds{sink=\"otlp\"} 7530\n"));
	assert_non_null(strstr(
		text, "\nlocktrace_export_lost_total{sink=\"otlp\",reason=\"refused\"} 2\n"));
	assert_int_equal(metrics_read(text, n, status_export_take, &s, &line), 0);
	free(text);
	f = open_memstream(&words, &n);
	status_export_write(&s, f);
	fclose(f);
	assert_string_equal(
		words,
		"forward  journal: 1 to be delivered, the oldest for 0ms; 14 delivered, 0 lost\n"
		"forward  otlp: 3 to be delivered, the oldest for 2h 5m; 11 delivered, 10 lost\n");
	free(words);
}

static void what_hooks_cost_is_told_beside(void **state)
{
	struct metrics m = {
		.version = "1",
		.via = "hooks",
		.target = "1 x",
		.hooks = "child",
		.began_wall_ns = 1000 * S,
		.looked_wall_ns = 1100 * S,
		.costs = {{{"futex", true, 900000, 90000000, 180000000, 0},
			   {"child", false, 1000, 1000000, 2000000, 2100},
			   {"tcp", false, 0, 0, 0, 0}},
			  3,
			  3 << 20},
	};
	struct status s;
	char *words = told(&m, 1100, &s);

	(void)state;
	assert_non_null(strstr(words,
			       "\n         hooks 0.21 % of a CPU lately, 3.0 MiB of maps: futex "
			       "off, as it took too much, child 0.21 % (10.0 hits/s)\n"));
	free(words);
}

static void what_a_watch_cost_is_one_line(void **state)
{
	struct metrics m = {
		.facts = 1200,
		.processes = {{1, 900000000, 14 << 20}, {2, 300000000, 5 << 20}},
		.costs = {{{"futex", false, 9000, 2000000, 3000000, 0}, {"tcp", false, 0, 0, 0, 0}},
			  2,
			  3 << 20},
	};
	char buf[OWN_COST];

	(void)state;
	assert_string_equal(
		own_cost_words(&m, 600 * S, 3, buf),
		"0.20 % of a CPU (1.20 s in 10m 0s), 14.0 MiB and 5.0 MiB in 2 helpers; "
		"the hooks about 0.00 % (futex 9000 hits, 2.0 ms), 3.0 MiB of maps; "
		"2.0 events/s, 3 lost");
	m.costs.n = 0;
	m.processes[METRICS_HELPERS] = (struct metrics_process){0};
	assert_string_equal(own_cost_words(&m, 0, 0, buf),
			    "0.00 % of a CPU (0.90 s in 0ms), 14.0 MiB; 0.0 events/s, 0 lost");
}

static void a_line_of_many_hooks_ends_in_time(void **state)
{
	struct metrics m = {.costs = {.n = METRICS_HOOKS_MAX, .map_bytes = 1}};
	char buf[OWN_COST];

	(void)state;
	for (size_t i = 0; i < METRICS_HOOKS_MAX; i++)
		m.costs.hooks[i] = (struct metrics_hook){
			"a_very_long_name_it_is", false, UINT64_MAX, UINT64_MAX, UINT64_MAX, 0};
	own_cost_words(&m, 1, UINT64_MAX, buf);
	assert_int_equal(strlen(buf), OWN_COST - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples_are_read),
		cmocka_unit_test(what_is_no_sample_is_refused),
		cmocka_unit_test(garbage_is_survived),
		cmocka_unit_test(a_watch_is_told_in_words),
		cmocka_unit_test(little_is_told_of_little),
		cmocka_unit_test(what_waits_to_leave_is_told),
		cmocka_unit_test(what_hooks_cost_is_told_beside),
		cmocka_unit_test(what_a_watch_cost_is_one_line),
		cmocka_unit_test(a_line_of_many_hooks_ends_in_time),
	};

	return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
