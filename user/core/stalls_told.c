// SPDX-License-Identifier: GPL-2.0
/* What is told of what is news, and what is forgotten then. */
#include <stdlib.h>
#include <string.h>

#include "stalls_kept.h"

/* Of one that comes and goes the 2nd, 4th, 8th ... time is told. */
static bool is_round(uint32_t times)
{
	return (times & (times - 1)) == 0;
}

static bool may_tell(struct stalls *s, const struct telling *t, uint64_t now_ns)
{
	const struct stall *stall = t->stall;

	if (t->event != EVENT_OPENED && t->event != EVENT_REOPENED)
		return true;
	/* One that was suppressed and is told now has lasted, and is no flutter. */
	if (!stall->suppressed && !is_round(stall->times))
		return false;
	return limits_admit(&s->limits, stall->signature, now_ns);
}

int stalls_admit(struct stalls *s, const struct telling *t, uint64_t now_ns, bool free, bool *ret)
{
	struct stall *stall = t->stall;
	int err = 0;

	*ret = free || may_tell(s, t, now_ns);
	if (*ret) {
		bool opened = t->event == EVENT_OPENED || t->event == EVENT_SNAPSHOT;

		s->n_opened += opened;
		s->n_contended += opened && stall->report->severity == SEVERITY_CONTENTION;
		return 0;
	}
	stall->told = false;
	if (!stall->suppressed)
		err = limits_count(&s->limits, &stall->arena, stall->report, now_ns);
	stall->suppressed = true;
	stall->report = NULL;
	return err;
}

static void remember(struct stalls *s, const struct stall *stall)
{
	struct recent_stall over = {
		.identity = stall->identity, .times = stall->times, .gone_ns = stall->gone_ns};

	memcpy(over.id, stall->id, sizeof(over.id));
	if (!stall->into && (stall->told || stall->suppressed))
		recent_add(&s->recent, &over);
}

void stalls_told(struct stalls *s)
{
	size_t n = 0;

	s->n_tellings = 0;
	s->n_still_open = 0;
	for (size_t i = 0; i < s->n_open; i++) {
		struct stall *stall = s->open[i];

		if (stall->into || stall->gone_looks >= STALLS_GONE_LOOKS) {
			remember(s, stall);
			arena_free(&stall->arena);
			kept_free(stall->kept);
			free(stall);
			continue;
		}
		s->n_still_open += stall->told;
		s->open[n++] = stall;
	}
	s->n_open = n;
}
