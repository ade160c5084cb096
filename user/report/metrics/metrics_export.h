/* SPDX-License-Identifier: GPL-2.0 */
#ifndef REPORT_METRICS_EXPORT_H
#define REPORT_METRICS_EXPORT_H

/* What `locktrace forward` counts: what has left the device, and what waits to. Pure. */
#include "metric_row.h"

#define EXPORT_SINKS_MAX 4

struct export_sink {
	const char *name;						   /* "journal", "otlp" */
	uint64_t delivered, gaps, refused, rejected, unreadable, failures; /* since the first use */
	uint64_t pending;						   /* are to be sent */
	uint64_t oldest_s; /* since when the oldest of these waits, Unix time; 0: there is none */
	uint64_t delivered_s; /* when something was delivered last; 0: never */
	uint64_t looked_s;    /* when it was last looked what is to be sent; 0: never */
};

struct export_metrics {
	uint64_t now_s; /* by the same clock */
	struct export_sink sinks[EXPORT_SINKS_MAX];
	size_t n_sinks;
};

extern const struct metric_row export_rows[];
extern const size_t n_export_rows;

#endif
