// SPDX-License-Identifier: GPL-2.0
/* docs/metrics.md and the alerts against the metrics that there are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/metrics/metrics.h"
#include "report/metrics/metrics_export.h"
#include "report/metrics/metrics_exporter.h"
#include "../source_file.h"

#define DOC    "docs/metrics.md"
#define ALERTS "user/service/prometheus/alerts.yml"

static void check_rows(const char *doc, const struct metric_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct metric_row *r = &rows[i];
		char line[512];

		snprintf(line, sizeof(line), "\n| `%s` | %s | %s | %s |\n", r->name, r->type,
			 r->labels ? r->labels : "", r->help);
		if (!strstr(doc, line))
			fail_msg("%s: there is no line%s", DOC, line);
	}
}

static void the_table_is_that_of_the_program(void **state)
{
	char *doc = read_file(DOC);
	size_t n = 0;

	(void)state;
	check_rows(doc, metrics_rows, n_metrics_rows);
	check_rows(doc, exporter_rows, n_exporter_rows);
	check_rows(doc, export_rows, n_export_rows);
	for (const char *at = doc; (at = strstr(at, "\n| `locktrace_")); at++)
		n++;
	assert_int_equal(n, n_metrics_rows + n_exporter_rows + n_export_rows);
	free(doc);
}

static bool is_row(const struct metric_row *rows, size_t n, const char *name, size_t size)
{
	for (size_t i = 0; i < n; i++) {
		if (strlen(rows[i].name) == size && strncmp(rows[i].name, name, size) == 0)
			return true;
	}
	return false;
}

/* Every locktrace_something is one. */
static size_t check_names(const char *where, const char *text)
{
	size_t names = 0;

	for (const char *at = text; (at = strstr(at, "locktrace_")); names++) {
		size_t size = 0;

		while (islower((unsigned char)at[size]) || at[size] == '_')
			size++;
		if (!is_row(metrics_rows, n_metrics_rows, at, size) &&
		    !is_row(exporter_rows, n_exporter_rows, at, size) &&
		    !is_row(export_rows, n_export_rows, at, size))
			fail_msg("%s: there is no %.*s", where, (int)size, at);
		at += size;
	}
	return names;
}

static void alerts_are_about_what_there_is(void **state)
{
	char *alerts = read_file(ALERTS), *doc = read_file(DOC);

	(void)state;
	assert_true(check_names(ALERTS, alerts) >= 8);
	check_names(DOC, doc);
	free(alerts);
	free(doc);
}

static bool ends(const char *text, const char *with)
{
	size_t n = strlen(text), size = strlen(with);

	return n > size && strcmp(text + n - size, with) == 0;
}

/* https://prometheus.io/docs/practices/naming/, as far as promtool does not see it. */
static void check_convention(const struct metric_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		assert_true(strncmp(rows[i].name, "locktrace_", 10) == 0);
		assert_int_equal(ends(rows[i].name, "_total"), !strcmp(rows[i].type, "counter"));
		assert_true(ends(rows[i].help, "."));
		if (rows[i].put == metric_put_seconds)
			assert_true(ends(rows[i].name, "_seconds"));
	}
}

static void names_follow_the_convention(void **state)
{
	(void)state;
	check_convention(metrics_rows, n_metrics_rows);
	check_convention(exporter_rows, n_exporter_rows);
	check_convention(export_rows, n_export_rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_is_that_of_the_program),
		cmocka_unit_test(alerts_are_about_what_there_is),
		cmocka_unit_test(names_follow_the_convention),
	};

	return cmocka_run_group_tests_name("metrics_docs", tests, NULL, NULL);
}
