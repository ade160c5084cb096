/* SPDX-License-Identifier: GPL-2.0 */
#ifndef REPORT_METRICS_EXPORTER_H
#define REPORT_METRICS_EXPORTER_H

/* What `locktrace metrics` says of itself, behind what it passes on. */
#include "metric_row.h"

#define EXPORTER_FILES_MAX 8

struct exporter_file {
	const char *path;
	bool optional; /* nothing is said of it when it is not there */
	bool there;    /* can be read */
	bool fresh;    /* and was written not long ago */
	uint64_t age_ns;
};

struct exporter_metrics {
	struct exporter_file files[EXPORTER_FILES_MAX];
	size_t n_files;
	uint64_t answered, refused, dropped; /* requests */
};

extern const struct metric_row exporter_rows[];
extern const size_t n_exporter_rows;

#endif
