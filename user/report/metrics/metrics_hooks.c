// SPDX-License-Identifier: GPL-2.0
#include "metrics_hooks.h"

#include <string.h>

#include "metrics.h"

/* Calls fn for each hook, with its name; returns how many there are. */
static uint64_t each_hook(const char *names, void (*fn)(FILE *out, const char *metric, char *name),
			  FILE *out, const char *metric)
{
	uint64_t n = 0;

	for (size_t size; *names; names += size) {
		char name[64];

		names += strspn(names, " ");
		size = strcspn(names, " ");
		if (!size)
			break;
		snprintf(name, sizeof(name), "%.*s", (int)size, names);
		if (fn)
			fn(out, metric, name);
		n++;
	}
	return n;
}

static void put_hook(FILE *out, const char *metric, char *name)
{
	metric_sample(out, metric, "", METRIC_LABELS({"hook", name}), 1);
}

void metrics_put_hooks(FILE *out, const struct metric_row *row, const void *all)
{
	const struct metrics *m = all;

	each_hook(m->hooks, put_hook, out, row->name);
}

void metrics_put_n_hooks(FILE *out, const struct metric_row *row, const void *all)
{
	const struct metrics *m = all;

	metric_sample(out, row->name, "", NULL, each_hook(m->hooks, NULL, NULL, NULL));
}

/* row->at: of the number in struct metrics_hook. */
void metrics_put_costs(FILE *out, const struct metric_row *row, const void *all)
{
	const struct metrics *m = all;

	for (size_t i = 0; i < m->costs.n; i++) {
		const struct metrics_hook *h = &m->costs.hooks[i];
		const struct metric_label *labels = METRIC_LABELS({"hook", h->name});
		uint64_t value = *(const uint64_t *)((const char *)h + row->at);

		if (row->at == offsetof(struct metrics_hook, hits))
			metric_sample(out, row->name, "", labels, value);
		else if (row->at == offsetof(struct metrics_hook, recent_ppm))
			metric_sample_seconds(out, row->name, "", labels, value * 1000);
		else
			metric_sample_seconds(out, row->name, "", labels, value);
	}
}

void metrics_put_off(FILE *out, const struct metric_row *row, const void *all)
{
	const struct metrics *m = all;

	for (size_t i = 0; i < m->costs.n; i++)
		metric_sample(out, row->name, "", METRIC_LABELS({"hook", m->costs.hooks[i].name}),
			      m->costs.hooks[i].off);
}

bool metrics_has_costs(const void *all)
{
	return ((const struct metrics *)all)->costs.n > 0;
}
