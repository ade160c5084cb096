// SPDX-License-Identifier: GPL-2.0
#include "status.h"

#include <stddef.h>
#include <string.h>

#include "../../core/words.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Numbers that are added up over what labels they have; with a label only that one. */
static const struct {
	const char *name, *label, *wanted;
	size_t at;
} numbers[] = {
#define NUMBER(name, member)                                                                       \
	{                                                                                          \
		name, NULL, NULL, offsetof(struct status, member)                                  \
	}
#define OF_LABEL(name, label, wanted, member)                                                      \
	{                                                                                          \
		name, label, wanted, offsetof(struct status, member)                               \
	}
	NUMBER("locktrace_start_time_seconds", began_s),
	NUMBER("locktrace_last_look_timestamp_seconds", looked_s),
	NUMBER("locktrace_longest_open_stall_seconds", longest_s),
	OF_LABEL("locktrace_reports_total", "event", "opened", told),
	OF_LABEL("locktrace_reports_total", "event", "reopened", told),
	OF_LABEL("locktrace_reports_total", "event", "snapshot", told),
	NUMBER("locktrace_stalls_suppressed_total", suppressed),
	NUMBER("locktrace_stalls_silenced_total", silenced),
	NUMBER("locktrace_look_duration_seconds_count", looks),
	NUMBER("locktrace_look_duration_seconds_sum", looks_s),
	NUMBER("locktrace_facts_total", facts),
	NUMBER("locktrace_threads", threads),
	NUMBER("locktrace_threads_parked", parked),
	NUMBER("locktrace_cpu_seconds_total", cpu_s),
	NUMBER("locktrace_cpu_recent_ratio", cpu_recent),
	OF_LABEL("locktrace_resident_memory_bytes", "process", "watch", watch_bytes),
	OF_LABEL("locktrace_resident_memory_bytes", "process", "helpers", helper_bytes),
	OF_LABEL("locktrace_processes", "process", "helpers", helpers),
	NUMBER("locktrace_map_memory_bytes", map_bytes),
	NUMBER("locktrace_parser_starts_total", parser_starts),
	NUMBER("locktrace_parser_failures_total", parser_failures),
	NUMBER("locktrace_spool_files", spool_files),
	NUMBER("locktrace_spool_bytes", spool_bytes),
	NUMBER("locktrace_spool_waiting", spool_waiting),
	NUMBER("locktrace_spool_written_total", spool_written),
	NUMBER("locktrace_spool_removed_total", spool_removed),
	NUMBER("locktrace_spool_dropped_total", spool_lost),
};

static void copy(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from);
}

static void add(struct status_list *l, double n, const char *what)
{
	if (n <= 0)
		return;
	if (l->n == STATUS_LINES_MAX) {
		l->more += n;
		return;
	}
	l->counts[l->n].n = n;
	copy(l->counts[l->n].what, sizeof(l->counts[l->n].what), what);
	l->n++;
}

static void take_open(struct status *s, const struct sample *sample)
{
	const char *unit = sample_label(sample, "unit");
	bool known = strcmp(unit, "none") != 0;
	bool stuck = strcmp(sample_label(sample, "severity"), word_severity(SEVERITY_CONTENTION)) !=
		     0;
	char what[sizeof(((struct status_count *)NULL)->what)];

	snprintf(what, sizeof(what), "%.50s%s%s%.110s", sample_label(sample, "rule"),
		 stuck ? "" : " (contention)", known ? " in " : "", known ? unit : "");
	s->stuck += stuck && sample->value > 0 ? sample->value : 0;
	add(&s->open, sample->value, what);
}

static void take_hook(struct status *s, const struct sample *sample)
{
	size_t n = strlen(s->hooks);

	snprintf(s->hooks + n, sizeof(s->hooks) - n, "%s%s", n ? " " : "",
		 sample_label(sample, "hook"));
}

/* Metrics of one hook come one after the other, each for all hooks. */
static void take_cost(struct status *s, const struct sample *sample)
{
	static const struct {
		const char *name;
		size_t at;
	} members[] = {
		{"locktrace_hook_off", offsetof(struct status_hook, off)},
		{"locktrace_hook_hits_total", offsetof(struct status_hook, hits)},
		{"locktrace_hook_recent_ratio", offsetof(struct status_hook, recent)},
	};
	const char *name = sample_label(sample, "hook");
	size_t i = 0, m = 0;

	while (m < COUNT(members) && strcmp(members[m].name, sample->name) != 0)
		m++;
	while (i < s->n_costs && strcmp(s->costs[i].name, name) != 0)
		i++;
	if (m == COUNT(members) || i == STATUS_LINES_MAX)
		return;
	if (i == s->n_costs)
		copy(s->costs[s->n_costs++].name, sizeof(s->costs[i].name), name);
	*(double *)((char *)&s->costs[i] + members[m].at) = sample->value;
}

static void take_words(struct status *s, const struct sample *sample)
{
	if (strcmp(sample->name, "locktrace_build_info") == 0)
		copy(s->version, sizeof(s->version), sample_label(sample, "version"));
	if (strcmp(sample->name, "locktrace_hook_attached") == 0)
		take_hook(s, sample);
	if (strcmp(sample->name, "locktrace_stalls_open") == 0)
		take_open(s, sample);
	if (strcmp(sample->name, "locktrace_lost_total") == 0)
		add(&s->lost, sample->value, sample_label(sample, "reason"));
	if (strcmp(sample->name, "locktrace_spool_files") == 0)
		s->spool_listed = 1;
	if (strcmp(sample->name, "locktrace_spool_written_total") == 0)
		s->spool_known = 1;
	if (strcmp(sample->name, "locktrace_watch_info") != 0)
		return;
	copy(s->via, sizeof(s->via), sample_label(sample, "via"));
	copy(s->target, sizeof(s->target), sample_label(sample, "target"));
}

void status_take(void *ctx, const struct sample *sample)
{
	struct status *s = ctx;

	for (size_t i = 0; i < COUNT(numbers); i++) {
		if (strcmp(numbers[i].name, sample->name) == 0 &&
		    (!numbers[i].label ||
		     strcmp(sample_label(sample, numbers[i].label), numbers[i].wanted) == 0))
			*(double *)((char *)s + numbers[i].at) += sample->value;
	}
	take_words(s, sample);
	take_cost(s, sample);
}

bool status_is_whole(const struct status *s)
{
	return *s->version && *s->via && s->looked_s > 0;
}

double status_n_open(const struct status *s)
{
	double n = s->open.more;

	for (size_t i = 0; i < s->open.n; i++)
		n += s->open.counts[i].n;
	return n;
}

enum severity status_worst(const struct status *s)
{
	if (s->stuck > 0)
		return SEVERITY_STALL;
	return s->open.n ? SEVERITY_CONTENTION : 0;
}
