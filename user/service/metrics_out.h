/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SERVICE_METRICS_OUT_H
#define SERVICE_METRICS_OUT_H

/*
 * Keeps the numbers of a watch in a file, for Prometheus's node_exporter, for
 * `locktrace metrics` and `locktrace status`. The file is replaced as a whole:
 * whoever reads it reads one state. Nothing that goes wrong here ends a watch.
 */
#include "../core/engine.h"
#include "../report/metrics/metrics.h"
#include "spool.h"

#define METRICS_FILE_DEFAULT "/run/locktrace/metrics.prom"

struct metrics_out;

/*
 * Stands before *next, of which a copy is kept, and sees what is told. keep: the
 * file stays when it is closed. Returns 0 and fills both, or -ENOMEM.
 */
int metrics_out_new(const char *path, bool keep, const struct engine_out *next,
		    struct metrics_out **ret, struct engine_out *ret_out);

/* Each fact of the watch. NULL is fine here and below. */
void metrics_out_fact(struct metrics_out *m, const struct fact *fact);

/* A stall that an earlier watch told of, and that is open. Returns 0 or -ENOMEM. */
int metrics_out_kept(struct metrics_out *m, const struct report *r, uint64_t now_ns,
		     uint64_t wall_ns);

struct metrics_look {
	uint64_t began_ns, now_ns, wall_ns;
	const char *hooks; /* that are on */
	uint64_t parser_starts;
	uint64_t silenced;
	const struct spool_counts *spool; /* NULL: there is none */
	/* Asked when the file is written; NULL: there are no hooks. */
	void (*costs)(void *ctx, struct metrics_hooks *ret);
	void *costs_ctx;
};

/* After each look, when its reports were told: writes the file if it is time. */
void metrics_out_looked(struct metrics_out *m, const struct metrics_look *look);

/*
 * Removes the file, so that nobody takes it for what is now, or keeps it as it
 * is in the end. Returns whether that could be done.
 */
bool metrics_out_close(struct metrics_out *m);

#endif
