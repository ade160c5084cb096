/* SPDX-License-Identifier: GPL-2.0 */
#ifndef REPORT_STATUS_H
#define REPORT_STATUS_H

/* The numbers of a watch (metrics.h), read back and told in words. Pure. */
#include <stdbool.h>
#include <stdio.h>

#include "../../core/report.h"
#include "metrics_read.h"

#define STATUS_LINES_MAX 64

/* Stalls of one rule in one unit, a loss: a number and what it is of. */
struct status_count {
	double n;
	char what[192];
};

struct status_list {
	struct status_count counts[STATUS_LINES_MAX]; /* above 0 */
	size_t n;
	double more; /* the sum of those that there is no room for */
};

/* Zeroed, nothing is known; filled by status_take(). */
struct status {
	char version[64], via[16], target[192], hooks[512];
	double began_s, looked_s;
	double longest_s, told, suppressed, silenced;
	struct status_list open, lost;
	double stuck; /* of the open ones: those that are more than contention */
	double looks, looks_s, facts, threads, parked;
	double cpu_s, cpu_recent, watch_bytes, helper_bytes, helpers;
	double parser_starts, parser_failures;
	struct status_hook {
		char name[24];
		double off, recent, hits;
	} costs[STATUS_LINES_MAX];
	size_t n_costs;
	double map_bytes;
	double spool_known, spool_listed, spool_files, spool_bytes, spool_waiting;
	double spool_written, spool_removed, spool_lost;
};

/* For metrics_read(); ctx: a struct status. */
void status_take(void *ctx, const struct sample *s);

/* Are these the numbers of a watch at all? */
bool status_is_whole(const struct status *s);

double status_n_open(const struct status *s);

/* The worst of them; 0 if none is open. */
enum severity status_worst(const struct status *s);

void status_write(const struct status *s, double now_s, FILE *out);

#endif
