// SPDX-License-Identifier: GPL-2.0
/* What a watch costs: its processes, and its hooks. */
#include <stdio.h>

#include "../message.h"
#include "../report/metrics/own_cost.h"
#include "../service/metrics_self.h"
#include "../ways/way.h"
#include "watch_private.h"

static int keep_hook(void *ctx, const struct way_cost *cost)
{
	struct metrics_hooks *all = ctx;
	struct metrics_hook *h = &all->hooks[all->n];

	if (all->n == METRICS_HOOKS_MAX)
		return 0;
	*h = (struct metrics_hook){
		.off = cost->off,
		.hits = cost->hits,
		.run_ns = cost->run_ns,
		.cost_ns = cost->cost_ns,
		.recent_ppm = cost->recent_ppm,
	};
	snprintf(h->name, sizeof(h->name), "%s", cost->name);
	all->n++;
	return 0;
}

void watch_costs(struct watch *w, struct metrics_hooks *ret)
{
	ret->n = 0;
	if (w->way.way->costs)
		w->way.way->costs(w->way.self, keep_hook, ret, &ret->map_bytes);
}

void watch_tell_cost(struct watch *w)
{
	struct metrics_self self = {.proc_fd = w->os.proc_fd};
	struct metrics m = {.facts = w->facts_put};
	uint64_t now_ns = os_now_ns();
	char words[OWN_COST];

	metrics_self_read(&self, now_ns, &m);
	watch_costs(w, &m.costs);
	error_line("own cost: %s",
		   own_cost_words(&m, now_ns - w->began_ns, engine_lost(w->engine), words));
}
