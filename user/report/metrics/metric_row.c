// SPDX-License-Identifier: GPL-2.0
#include "metric_row.h"

#include <inttypes.h>

#include "../utf8.h"

#define SECOND_NS ((uint64_t)1000000000)

/* Of values quotes are escaped, too; of help texts not. */
static void put_escaped(FILE *out, const char *text, bool quotes)
{
	char shown[512];

	for (const char *s = utf8_shown(text, shown, sizeof(shown)); *s; s++) {
		if (*s == '\\' || (quotes && *s == '"'))
			fputc('\\', out);
		fputc(*s, out);
	}
}

static void begin_sample(FILE *out, const char *name, const char *suffix,
			 const struct metric_label *labels)
{
	fprintf(out, "%s%s", name, suffix);
	for (size_t i = 0; labels && labels[i].name; i++) {
		fprintf(out, "%s%s=\"", i ? "," : "{", labels[i].name);
		put_escaped(out, labels[i].value, true);
		fputs(labels[i + 1].name ? "\"" : "\"}", out);
	}
	fputc(' ', out);
}

void metric_sample(FILE *out, const char *name, const char *suffix,
		   const struct metric_label *labels, uint64_t value)
{
	begin_sample(out, name, suffix, labels);
	fprintf(out, "%" PRIu64 "\n", value);
}

void metric_sample_seconds(FILE *out, const char *name, const char *suffix,
			   const struct metric_label *labels, uint64_t ns)
{
	begin_sample(out, name, suffix, labels);
	if (ns % SECOND_NS)
		fprintf(out, "%" PRIu64 ".%09" PRIu64 "\n", ns / SECOND_NS, ns % SECOND_NS);
	else
		fprintf(out, "%" PRIu64 "\n", ns / SECOND_NS);
}

static uint64_t member(const struct metric_row *row, const void *all)
{
	return *(const uint64_t *)((const char *)all + row->at);
}

void metric_put_count(FILE *out, const struct metric_row *row, const void *all)
{
	metric_sample(out, row->name, "", NULL, member(row, all));
}

void metric_put_seconds(FILE *out, const struct metric_row *row, const void *all)
{
	metric_sample_seconds(out, row->name, "", NULL, member(row, all));
}

void metric_rows_write(const struct metric_row *rows, size_t n, const void *all, FILE *out)
{
	for (size_t i = 0; i < n; i++) {
		const struct metric_row *row = &rows[i];

		if (row->has && !row->has(all))
			continue;
		fprintf(out, "# HELP %s ", row->name);
		put_escaped(out, row->help, false);
		fprintf(out, "\n# TYPE %s %s\n", row->name, row->type);
		row->put(out, row, all);
	}
}
