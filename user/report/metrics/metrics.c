// SPDX-License-Identifier: GPL-2.0
#include "metrics.h"
#include "metrics_hooks.h"

#include "../../core/words.h"

#define MS	   1000000ULL
#define AT(member) .at = offsetof(struct metrics, member)

const uint64_t metrics_look_bounds_ns[METRICS_LOOK_BOUNDS] = {
	1 * MS, 3 * MS, 10 * MS, 30 * MS, 100 * MS, 300 * MS, 1000 * MS, 3000 * MS, 10000 * MS,
};

static const char *const who_names[N_METRICS_WHO] = {
	[METRICS_WATCH] = "watch",
	[METRICS_HELPERS] = "helpers",
};

void metrics_looked(struct metrics *m, uint64_t took_ns)
{
	m->looks++;
	m->looks_ns += took_ns;
	for (size_t i = 0; i < METRICS_LOOK_BOUNDS; i++) {
		if (took_ns <= metrics_look_bounds_ns[i]) {
			m->looks_within[i]++;
			return;
		}
	}
}

static void put_build(FILE *out, const struct metric_row *row, const void *all)
{
	const struct metrics *m = all;

	metric_sample(out, row->name, "", METRIC_LABELS({"version", m->version}), 1);
}

static void put_watch(FILE *out, const struct metric_row *row, const void *all)
{
	const struct metrics *m = all;

	metric_sample(out, row->name, "", METRIC_LABELS({"via", m->via}, {"target", m->target}), 1);
}

/* row->at: of the number in struct metrics_stall. */
static void put_stalls(FILE *out, const struct metric_row *row, const void *all)
{
	const struct metrics *m = all;

	for (size_t i = 0; i < m->n_stalls; i++) {
		const struct metrics_stall *s = &m->stalls[i];
		const struct metric_label *labels =
			METRIC_LABELS({"rule", s->rule}, {"severity", word_severity(s->severity)},
				      {"unit", s->unit});
		uint64_t value = *(const uint64_t *)((const char *)s + row->at);

		if (row->at == offsetof(struct metrics_stall, oldest_ns))
			metric_sample_seconds(out, row->name, "", labels, value);
		else
			metric_sample(out, row->name, "", labels, value);
	}
}

static void put_reports(FILE *out, const struct metric_row *row, const void *all)
{
	const struct metrics *m = all;

	for (int event = 1; event < _EVENT_MAX; event++)
		metric_sample(out, row->name, "",
			      METRIC_LABELS({"event", word_event((enum report_event)event)}),
			      m->reports[event]);
}

static void put_looks(FILE *out, const struct metric_row *row, const void *all)
{
	const struct metrics *m = all;
	uint64_t n = 0;
	char le[32];

	for (size_t i = 0; i < METRICS_LOOK_BOUNDS; i++) {
		snprintf(le, sizeof(le), "%g", (double)metrics_look_bounds_ns[i] / 1e9);
		n += m->looks_within[i];
		metric_sample(out, row->name, "_bucket", METRIC_LABELS({"le", le}), n);
	}
	metric_sample(out, row->name, "_bucket", METRIC_LABELS({"le", "+Inf"}), m->looks);
	metric_sample_seconds(out, row->name, "_sum", NULL, m->looks_ns);
	metric_sample(out, row->name, "_count", NULL, m->looks);
}

static void put_lost(FILE *out, const struct metric_row *row, const void *all)
{
	const struct metrics *m = all;

	for (size_t i = 0; i < m->n_lost; i++)
		metric_sample(out, row->name, "", METRIC_LABELS({"reason", m->lost[i].reason}),
			      m->lost[i].count);
}

/* row->at: of the number in struct metrics_process. */
static void put_processes(FILE *out, const struct metric_row *row, const void *all)
{
	const struct metrics *m = all;

	for (int i = 0; i < N_METRICS_WHO; i++) {
		const struct metric_label *labels = METRIC_LABELS({"process", who_names[i]});
		uint64_t value = *(const uint64_t *)((const char *)&m->processes[i] + row->at);

		if (row->at == offsetof(struct metrics_process, cpu_ns))
			metric_sample_seconds(out, row->name, "", labels, value);
		else
			metric_sample(out, row->name, "", labels, value);
	}
}

static void put_recent(FILE *out, const struct metric_row *row, const void *all)
{
	const struct metrics *m = all;

	/* parts of a million are microseconds of a second */
	metric_sample_seconds(out, row->name, "", NULL, m->cpu_recent_ppm * 1000);
}

static bool has_spool(const void *all)
{
	return ((const struct metrics *)all)->spool.on;
}

static bool has_list(const void *all)
{
	return has_spool(all) && ((const struct metrics *)all)->spool.listed;
}

#define STALL(member)	.at = offsetof(struct metrics_stall, member), .put = put_stalls
#define PROCESS(member) .at = offsetof(struct metrics_process, member), .put = put_processes
#define COST(member)                                                                               \
	.at = offsetof(struct metrics_hook, member), .put = metrics_put_costs,                     \
	.has = metrics_has_costs
#define COUNT(member)	AT(member), .put = metric_put_count
#define SECONDS(member) AT(member), .put = metric_put_seconds

const struct metric_row metrics_rows[] = {
	{"locktrace_build_info", "gauge", "version", "The version that watches.", .put = put_build},
	{"locktrace_watch_info", "gauge", "via, target",
	 "How it sees (hooks, census or proc), and what it looks at.", .put = put_watch},
	{"locktrace_start_time_seconds", "gauge", NULL, "When the watch began, since the epoch.",
	 SECONDS(began_wall_ns)},
	{"locktrace_last_look_timestamp_seconds", "gauge", NULL,
	 "When the last look at the threads was done, since the epoch.", SECONDS(looked_wall_ns)},
	{"locktrace_write_interval_seconds", "gauge", NULL,
	 "How often these numbers are written, at least.", SECONDS(every_ns)},
	{"locktrace_threshold_seconds", "gauge", NULL, "A wait that lasts so long is a stall.",
	 SECONDS(threshold_ns)},

	{"locktrace_stalls_open", "gauge", "rule, severity, unit", "Stalls that are open now.",
	 STALL(open)},
	{"locktrace_stalls_total", "counter", "rule, severity, unit",
	 "Stalls that were told of; one that comes back counts again, one whose rule changes under each.",
	 STALL(told)},
	{"locktrace_stall_oldest_seconds", "gauge", "rule, severity, unit",
	 "How long the oldest open stall has lasted; 0 if none is open.", STALL(oldest_ns)},
	{"locktrace_longest_open_stall_seconds", "gauge", NULL,
	 "The same of all that are more than contention; always there.", SECONDS(longest_ns)},
	{"locktrace_stalls_suppressed_total", "counter", NULL,
	 "Stalls that were counted and not told of, as there were too many.", COUNT(suppressed)},
	{"locktrace_stalls_silenced_total", "counter", NULL,
	 "Stalls that filters (only, ignore) kept back.", COUNT(silenced)},
	{"locktrace_reports_total", "counter", "event", "What was told of stalls.",
	 .put = put_reports},

	{"locktrace_look_duration_seconds", "histogram", "le", "How long the looks took.",
	 .put = put_looks},
	{"locktrace_facts_total", "counter", NULL,
	 "Events received: what the looks stated of threads, waits and holders.", COUNT(facts)},
	{"locktrace_threads", "gauge", NULL, "Threads that the last look passed.", COUNT(threads)},
	{"locktrace_threads_parked", "gauge", NULL,
	 "Of these, threads that wait for work or events.", COUNT(parked)},
	{"locktrace_lost_total", "counter", "reason",
	 "What could not be seen, read or kept, by reason.", .put = put_lost},
	{"locktrace_hooks_attached", "gauge", NULL, "Hooks in the kernel that are on.",
	 .put = metrics_put_n_hooks},
	{"locktrace_hook_attached", "gauge", "hook", "1 for each of these.",
	 .put = metrics_put_hooks},

	{"locktrace_hook_off", "gauge", "hook",
	 "1: the hook was taken off, as it took more of a CPU than --budget allows.",
	 .put = metrics_put_off, .has = metrics_has_costs},
	{"locktrace_hook_hits_total", "counter", "hook",
	 "How often threads ran into it, about: it is counted in moments.", COST(hits)},
	{"locktrace_hook_run_seconds_total", "counter", "hook",
	 "How long its programs ran, about, by the kernel's own count.", COST(run_ns)},
	{"locktrace_hook_cost_seconds_total", "counter", "hook",
	 "What threads lost to it, about: that, and the way into the program.", COST(cost_ns)},
	{"locktrace_hook_recent_ratio", "gauge", "hook",
	 "Share of one CPU that it took when it was last measured.", COST(recent_ppm)},
	{"locktrace_map_memory_bytes", "gauge", NULL,
	 "Memory of the kernel that the hooks' maps take.", COUNT(costs.map_bytes),
	 .has = metrics_has_costs},

	{"locktrace_cpu_seconds_total", "counter", "process",
	 "CPU time of the watch, and of the processes that read and parse for it.",
	 PROCESS(cpu_ns)},
	{"locktrace_cpu_recent_ratio", "gauge", NULL,
	 "Share of one CPU that all of these took in the last 30 to 60 s.", .put = put_recent},
	{"locktrace_resident_memory_bytes", "gauge", "process",
	 "Memory they have; what they share counts for each.", PROCESS(resident_bytes)},
	{"locktrace_processes", "gauge", "process", "How many of them there are.", PROCESS(n)},
	{"locktrace_parser_starts_total", "counter", NULL,
	 "Parsers of program files that were started, the first ones too.", COUNT(parser_starts)},
	{"locktrace_parser_failures_total", "counter", NULL,
	 "Parsers that died, took too long or made no sense, and were replaced.",
	 COUNT(parser_failures)},

	{"locktrace_spool_files", "gauge", NULL,
	 "Reports kept in the spool, as of the last written.", COUNT(spool.files), .has = has_list},
	{"locktrace_spool_bytes", "gauge", NULL, "Their size.", COUNT(spool.bytes),
	 .has = has_list},
	{"locktrace_spool_waiting", "gauge", NULL,
	 "Reports in memory that could not be written yet.", COUNT(spool.waiting),
	 .has = has_spool},
	{"locktrace_spool_written_total", "counter", NULL, "Reports written.", COUNT(spool.written),
	 .has = has_spool},
	{"locktrace_spool_removed_total", "counter", NULL,
	 "Reports removed to keep within the limits.", COUNT(spool.removed), .has = has_spool},
	{"locktrace_spool_left_out_total", "counter", NULL,
	 "Reports not written, as they would have been the next to go.", COUNT(spool.left_out),
	 .has = has_spool},
	{"locktrace_spool_failures_total", "counter", NULL, "Attempts to write that failed.",
	 COUNT(spool.failed), .has = has_spool},
	{"locktrace_spool_dropped_total", "counter", NULL,
	 "Reports given up: no room in memory, or the end.", COUNT(spool.lost), .has = has_spool},
};

const size_t n_metrics_rows = sizeof(metrics_rows) / sizeof(metrics_rows[0]);

void metrics_write(const struct metrics *m, FILE *out)
{
	metric_rows_write(metrics_rows, n_metrics_rows, m, out);
}
