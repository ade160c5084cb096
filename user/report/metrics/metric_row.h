/* SPDX-License-Identifier: GPL-2.0 */
#ifndef REPORT_METRIC_ROW_H
#define REPORT_METRIC_ROW_H

/*
 * Prometheus's text exposition format, version 0.0.4. A metric is a row of a
 * table: its name, type, labels and help are said once, and docs/metrics.md is
 * held against the table by a test. Numbers are written as whole ones or with
 * all their digits, whatever the locale.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct metric_row {
	const char *name;
	const char *type;   /* "gauge", "counter", "histogram" */
	const char *labels; /* "rule, unit"; NULL: none */
	const char *help;
	size_t at; /* of a member of the struct, for put */
	void (*put)(FILE *out, const struct metric_row *row, const void *all);
	bool (*has)(const void *all); /* NULL: always */
};

void metric_rows_write(const struct metric_row *rows, size_t n, const void *all, FILE *out);

/* Samples without labels, of a uint64_t at row->at: as it is, or nanoseconds as seconds. */
void metric_put_count(FILE *out, const struct metric_row *row, const void *all);
void metric_put_seconds(FILE *out, const struct metric_row *row, const void *all);

/* A label's value is any text; what cannot be shown is made visible. */
struct metric_label {
	const char *name, *value; /* name NULL: there is no more */
};

/* suffix: "_bucket"; "" for none. */
void metric_sample(FILE *out, const char *name, const char *suffix,
		   const struct metric_label *labels, uint64_t value);
void metric_sample_seconds(FILE *out, const char *name, const char *suffix,
			   const struct metric_label *labels, uint64_t ns);

#define METRIC_LABELS(...) ((const struct metric_label[]){__VA_ARGS__, {NULL, NULL}})

#endif
