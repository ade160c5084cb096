// SPDX-License-Identifier: GPL-2.0
#include "metrics_export.h"

#define SECOND_NS ((uint64_t)1000000000)

/* A number of each sink. */
static void put_sinks(FILE *out, const struct metric_row *row, const void *all)
{
	const struct export_metrics *m = all;

	for (size_t i = 0; i < m->n_sinks; i++)
		metric_sample(out, row->name, "", METRIC_LABELS({"sink", m->sinks[i].name}),
			      *(const uint64_t *)((const char *)&m->sinks[i] + row->at));
}

/* A clock that was set back makes no lag. */
static void put_lag(FILE *out, const struct metric_row *row, const void *all)
{
	const struct export_metrics *m = all;

	for (size_t i = 0; i < m->n_sinks; i++) {
		const struct export_sink *s = &m->sinks[i];
		bool waits = s->oldest_s && s->oldest_s < m->now_s;

		metric_sample_seconds(out, row->name, "", METRIC_LABELS({"sink", s->name}),
				      waits ? (m->now_s - s->oldest_s) * SECOND_NS : 0);
	}
}

static void put_lost(FILE *out, const struct metric_row *row, const void *all)
{
	const struct export_metrics *m = all;

	for (size_t i = 0; i < m->n_sinks; i++) {
		const struct export_sink *s = &m->sinks[i];
		const struct {
			const char *reason;
			uint64_t n;
		} lost[] = {{"gap", s->gaps},
			    {"refused", s->refused},
			    {"rejected", s->rejected},
			    {"unreadable", s->unreadable}};

		for (size_t k = 0; k < sizeof(lost) / sizeof(lost[0]); k++)
			metric_sample(out, row->name, "",
				      METRIC_LABELS({"sink", s->name}, {"reason", lost[k].reason}),
				      lost[k].n);
	}
}

#define EACH(member) .put = put_sinks, .at = offsetof(struct export_sink, member)

const struct metric_row export_rows[] = {
	{"locktrace_export_pending_reports", "gauge", "sink",
	 "Reports whose newest state is still to be delivered there.", EACH(pending)},
	{"locktrace_export_lag_seconds", "gauge", "sink",
	 "For how long the oldest of these has waited; 0 if there is none.", .put = put_lag},
	{"locktrace_export_delivered_total", "counter", "sink",
	 "States of reports that were delivered, since it was first used.", EACH(delivered)},
	{"locktrace_export_lost_total", "counter", "sink, reason",
	 "States of reports that will not arrive: the spool let go of them (gap, at least), they were "
	 "not taken (refused) or not kept (rejected) there, or are damaged (unreadable).",
	 .put = put_lost},
	{"locktrace_export_failures_total", "counter", "sink", "Tries to deliver that failed.",
	 EACH(failures)},
	{"locktrace_export_last_delivery_timestamp_seconds", "gauge", "sink",
	 "When something was delivered last, since the epoch; 0: never.", EACH(delivered_s)},
	{"locktrace_export_last_look_timestamp_seconds", "gauge", "sink",
	 "When it was last looked what is to be delivered, since the epoch.", EACH(looked_s)},
};

const size_t n_export_rows = sizeof(export_rows) / sizeof(export_rows[0]);
