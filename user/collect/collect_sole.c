// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>

#include "collect_private.h"

int only_holder(struct collector *c, const struct seen *s, const struct wait *w,
		struct fact_hold *ret, char why[SOLE_WHY])
{
	struct description *d = description_new(w->key);
	struct fact_sink sink = d ? description_sink(d) : (struct fact_sink){0};
	struct probe_env env = {
		.os = c->os,
		.way = c->way,
		.way_self = c->way_self,
		.out = &sink,
	};
	int r = 0;

	if (why)
		why[0] = '\0';
	if (!d)
		return -ENOMEM;
	if (!w->probe->describe(&env, s, w) && d->n_holds == 1) {
		const struct fact_hold *h = &d->holds[0].hold;

		r = h->ref.pid && h->evidence == EVIDENCE_EXACT;
		if (why && !h->ref.pid)
			snprintf(why, SOLE_WHY, "%s", h->why);
		*ret = (struct fact_hold){.ref = h->ref, .gone = h->gone, .copied = h->copied};
	}
	description_free(d);
	return r;
}
