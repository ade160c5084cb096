// SPDX-License-Identifier: GPL-2.0
#include "metrics_exporter.h"

static void put_up(FILE *out, const struct metric_row *row, const void *all)
{
	const struct exporter_metrics *m = all;

	for (size_t i = 0; i < m->n_files; i++) {
		if (m->files[i].there || !m->files[i].optional)
			metric_sample(out, row->name, "", METRIC_LABELS({"file", m->files[i].path}),
				      m->files[i].fresh);
	}
}

static void put_age(FILE *out, const struct metric_row *row, const void *all)
{
	const struct exporter_metrics *m = all;

	for (size_t i = 0; i < m->n_files; i++) {
		if (m->files[i].there)
			metric_sample_seconds(out, row->name, "",
					      METRIC_LABELS({"file", m->files[i].path}),
					      m->files[i].age_ns);
	}
}

static void put_requests(FILE *out, const struct metric_row *row, const void *all)
{
	const struct exporter_metrics *m = all;

	metric_sample(out, row->name, "", METRIC_LABELS({"result", "answered"}), m->answered);
	metric_sample(out, row->name, "", METRIC_LABELS({"result", "refused"}), m->refused);
	metric_sample(out, row->name, "", METRIC_LABELS({"result", "dropped"}), m->dropped);
}

const struct metric_row exporter_rows[] = {
	{"locktrace_exporter_up", "gauge", "file",
	 "1: what is in the file is passed on; 0: it is not there, or old.", .put = put_up},
	{"locktrace_exporter_file_age_seconds", "gauge", "file",
	 "How long ago the file was written.", .put = put_age},
	{"locktrace_exporter_requests_total", "counter", "result",
	 "Requests that were answered, refused (what was wrong was said), or dropped as too slow.",
	 .put = put_requests},
};

const size_t n_exporter_rows = sizeof(exporter_rows) / sizeof(exporter_rows[0]);
