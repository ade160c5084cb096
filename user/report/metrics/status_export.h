/* SPDX-License-Identifier: GPL-2.0 */
#ifndef REPORT_STATUS_EXPORT_H
#define REPORT_STATUS_EXPORT_H

/* What `locktrace forward` counts (metrics_export.h), read back and told in words. Pure. */
#include <stdio.h>

#include "metrics_export.h"
#include "metrics_read.h"

/* Of one sink: all that is lost is one number. */
struct status_sink {
	char name[32];
	double pending, lag_s, delivered, lost;
};

/* Zeroed, nothing is known; filled by status_export_take(). */
struct status_export {
	struct status_sink sinks[EXPORT_SINKS_MAX];
	size_t n;
};

/* For metrics_read(); ctx: a struct status_export. */
void status_export_take(void *ctx, const struct sample *s);

/* A line for each sink. */
void status_export_write(const struct status_export *s, FILE *out);

#endif
