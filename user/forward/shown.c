// SPDX-License-Identifier: GPL-2.0
#include "shown.h"

#include <sys/mman.h>

#include "../report/metrics/metrics_export.h"
#include "target.h"

_Static_assert(N_TARGETS <= EXPORT_SINKS_MAX, "room for all");

/* Written by one and read by another: each number is whole, all of them need not be of one moment.
 */
struct shown {
	struct export_sink sinks[N_TARGETS];
	bool known[N_TARGETS]; /* a cursor that was not read yet is no cursor of zeros */
};

struct shown *shown_new(void)
{
	struct shown *s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			       -1, 0);

	return s == MAP_FAILED ? NULL : s;
}

void shown_set(struct shown *s, size_t i, const struct cursor *c, uint64_t looked_s)
{
	s->sinks[i] = (struct export_sink){
		.delivered = c->ends[END_DELIVERED],
		.gaps = c->gaps,
		.refused = c->ends[END_REFUSED],
		.rejected = c->rejected,
		.unreadable = c->ends[END_UNREADABLE],
		.failures = c->failures,
		.pending = c->pending,
		.oldest_s = c->oldest_s,
		.delivered_s = c->delivered_s,
		.looked_s = looked_s,
	};
	s->known[i] = true;
}

static void write_rows(const void *m, FILE *out)
{
	metric_rows_write(export_rows, n_export_rows, m, out);
}

int shown_write(const struct shown *s, const struct settings *settings, uint64_t now_s,
		struct metrics_file *file)
{
	struct export_metrics m = {.now_s = now_s};

	for (size_t i = 0; i < N_TARGETS; i++) {
		if (!targets[i]->wanted(settings) || !s->known[i])
			continue;
		m.sinks[m.n_sinks] = s->sinks[i];
		m.sinks[m.n_sinks++].name = targets[i]->name;
	}
	return metrics_file_write(file, write_rows, &m);
}

void shown_free(struct shown *s)
{
	if (s)
		munmap(s, sizeof(*s));
}
