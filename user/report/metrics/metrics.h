/* SPDX-License-Identifier: GPL-2.0 */
#ifndef REPORT_METRICS_H
#define REPORT_METRICS_H

/*
 * What a watch says of itself in numbers: how many stalls, how well it sees,
 * what it costs. As Prometheus reads it, from a file or over HTTP. Pure: who
 * fills the struct is user/service/metrics_out.c.
 */
#include "../../core/report.h"
#include "metric_row.h"

/* Stalls of one rule in one unit. */
struct metrics_stall {
	const char *rule, *unit;
	enum severity severity;
	uint64_t told; /* ever */
	uint64_t open;
	uint64_t oldest_ns; /* how long the oldest of the open ones has lasted */
};

/* What is ours: the watch itself, and the processes that read and parse for it. */
struct metrics_process {
	uint64_t n; /* now */
	uint64_t cpu_ns;
	uint64_t resident_bytes;
};

enum metrics_who { METRICS_WATCH, METRICS_HELPERS, N_METRICS_WHO };

/* A hook, and what threads lost to it; about, as it is measured in moments. */
struct metrics_hook {
	char name[24];
	bool off; /* taken off, as it was too dear */
	uint64_t hits;
	uint64_t run_ns;     /* of its programs */
	uint64_t cost_ns;    /* ... and of the way into them */
	uint64_t recent_ppm; /* of one CPU */
};

#define METRICS_HOOKS_MAX 40

struct metrics_hooks {
	struct metrics_hook hooks[METRICS_HOOKS_MAX];
	size_t n;
	uint64_t map_bytes;
};

struct metrics_spool {
	bool on, listed; /* listed: files and bytes are known */
	uint64_t files, bytes;
	uint64_t waiting; /* in memory */
	uint64_t written, removed, left_out, failed, lost;
};

/* Upper bounds of how long a look takes; the last one is any time. */
#define METRICS_LOOK_BOUNDS 9
extern const uint64_t metrics_look_bounds_ns[METRICS_LOOK_BOUNDS];

struct metrics {
	const char *version, *via, *target;
	const char *hooks; /* names, blank separated; "": none */
	uint64_t threshold_ns;
	uint64_t every_ns; /* how often this is written, at least */
	uint64_t began_wall_ns, looked_wall_ns;

	const struct metrics_stall *stalls;
	size_t n_stalls;
	uint64_t longest_ns; /* of all open ones that are more than contention; 0: there is none */
	uint64_t suppressed, silenced;
	uint64_t reports[_EVENT_MAX];

	uint64_t looks, looks_ns;
	uint64_t looks_within[METRICS_LOOK_BOUNDS]; /* each look counts once, not cumulated */
	uint64_t facts;
	uint64_t threads, parked; /* of the last look */
	const struct fact_lost *lost;
	size_t n_lost;

	struct metrics_process processes[N_METRICS_WHO];
	uint64_t cpu_recent_ppm; /* of one CPU, in the last minute or so */
	struct metrics_hooks costs;
	uint64_t parser_starts, parser_failures;
	struct metrics_spool spool;
};

extern const struct metric_row metrics_rows[];
extern const size_t n_metrics_rows;

/* Counts a look that took so long. */
void metrics_looked(struct metrics *m, uint64_t took_ns);

/* Errors are those of the stream. */
void metrics_write(const struct metrics *m, FILE *out);

#endif
