// SPDX-License-Identifier: GPL-2.0
#include "own_cost.h"

#include <inttypes.h>
#include <stdarg.h>

#include "../words.h"

struct line {
	char *buf;
	size_t n;
};

__attribute__((format(printf, 2, 3))) static void add(struct line *l, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(l->buf + l->n, OWN_COST - l->n, format, args);
	va_end(args);
	if (n > 0)
		l->n += (size_t)n < OWN_COST - l->n ? (size_t)n : OWN_COST - l->n - 1;
}

static double percent(uint64_t ns, uint64_t of_ns)
{
	return of_ns ? (double)ns / (double)of_ns * 100 : 0;
}

static void add_hooks(struct line *l, const struct metrics_hooks *all, uint64_t lasted_ns)
{
	const char *before = " (";
	uint64_t cost_ns = 0;
	char maps[WORDS];

	for (size_t i = 0; i < all->n; i++)
		cost_ns += all->hooks[i].cost_ns;
	add(l, "; the hooks about %.2f %%", percent(cost_ns, lasted_ns));
	for (size_t i = 0; i < all->n; i++) {
		const struct metrics_hook *h = &all->hooks[i];

		if (!h->hits)
			continue;
		add(l, "%s%s %" PRIu64 " hits, %.1f ms", before, h->name, h->hits,
		    (double)h->run_ns / 1e6);
		before = "; ";
	}
	add(l, "%s, %s of maps", *before == ';' ? ")" : "",
	    words_bytes((double)all->map_bytes, maps));
}

const char *own_cost_words(const struct metrics *m, uint64_t lasted_ns, uint64_t lost,
			   char buf[OWN_COST])
{
	const struct metrics_process *watch = &m->processes[METRICS_WATCH];
	const struct metrics_process *helpers = &m->processes[METRICS_HELPERS];
	uint64_t cpu_ns = watch->cpu_ns + helpers->cpu_ns;
	struct line l = {.buf = buf};
	char age[WORDS], bytes[WORDS];

	add(&l, "%.2f %% of a CPU (%.2f s in %s), %s", percent(cpu_ns, lasted_ns),
	    (double)cpu_ns / 1e9, words_age(lasted_ns, age),
	    words_bytes((double)watch->resident_bytes, bytes));
	if (helpers->n)
		add(&l, " and %s in %" PRIu64 " helper%s",
		    words_bytes((double)helpers->resident_bytes, bytes), helpers->n,
		    helpers->n > 1 ? "s" : "");
	if (m->costs.n)
		add_hooks(&l, &m->costs, lasted_ns);
	add(&l, "; %.1f events/s, %" PRIu64 " lost",
	    lasted_ns ? (double)m->facts / ((double)lasted_ns / 1e9) : 0, lost);
	return buf;
}
