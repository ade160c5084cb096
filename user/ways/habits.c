// SPDX-License-Identifier: GPL-2.0
#include "habits.h"

#include <errno.h>
#include <stdlib.h>

#include "../../bpf/lt_wire.h"
#include "../os/clock.h"

struct total {
	int32_t pid;
	uint64_t calls;
};

static uint64_t calls_of(struct total *totals, size_t *n, int32_t pid, uint64_t add)
{
	size_t i = 0;

	while (i < *n && totals[i].pid != pid)
		i++;
	if (i == *n)
		totals[(*n)++] = (struct total){.pid = pid};
	totals[i].calls += add;
	return totals[i].calls;
}

static int by_tid(const void *pa, const void *pb)
{
	const struct start *a = pa, *b = pb;

	return (a->tid > b->tid) - (a->tid < b->tid);
}

static const struct lt_place *place_of(const struct lt_task_handovers *t)
{
	uint32_t at = t->handovers.pending - 1;

	return t->handovers.pending && at < LT_PLACES ? &t->handovers.place[at] : NULL;
}

/* Of waits that were there at the scan before, what was known then stays. */
int habits_note(struct starts *s, const struct lt_task_handovers *threads, size_t n_threads)
{
	struct start *starts = calloc(n_threads + 1, sizeof(*starts));
	struct total *totals = calloc(n_threads + 1, sizeof(*totals));
	size_t n = 0, n_totals = 0;
	int err = starts && totals ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < n_threads; i++)
		calls_of(totals, &n_totals, threads[i].pid, threads[i].handovers.calls);
	for (size_t i = 0; !err && i < n_threads; i++) {
		const struct lt_task_handovers *t = &threads[i];
		const struct lt_place *place = place_of(t);
		struct start now = {.tid = t->tid}, *known;

		if (!place)
			continue;
		now.began_ns = place->began_ns;
		known = s->n ? bsearch(&now, s->all, s->n, sizeof(now), by_tid) : NULL;
		if (known && known->began_ns == now.began_ns) {
			starts[n++] = *known;
			continue;
		}
		now.calls = calls_of(totals, &n_totals, t->pid, 0);
		now.own = t->handovers.calls;
		now.at_ns = os_now_ns();
		starts[n++] = now;
	}
	free(totals);
	if (err) {
		free(starts);
		return err;
	}
	qsort(starts, n, sizeof(*starts), by_tid);
	free(s->all);
	s->all = starts;
	s->n = n;
	return 0;
}

void habits_free(struct starts *s)
{
	free(s->all);
}

/* Nine of ten were not longer than this. */
static uint64_t usual(const struct lt_place *p)
{
	uint64_t all = 0, n = 0;

	for (int b = 0; b < LT_BUCKETS; b++)
		all += p->bucket[b];
	for (int b = 0; b < LT_BUCKETS; b++) {
		n += p->bucket[b];
		if (n * 10 >= all * 9)
			return 1ULL << (b + LT_BUCKET_SHIFT);
	}
	return 0;
}

/* Did it ever wait there? The words of a condition variable and of a barrier are two, side by side.
 */
static bool has_waited_at(const struct lt_task_handovers *t, uint64_t address)
{
	for (int i = 0; i < LT_WORDS; i++) {
		const struct lt_word *w = &t->handovers.word[i];

		if (w->waits && w->address >> 3 == address >> 3)
			return true;
	}
	return false;
}

int habits_find(const struct starts *starts, const struct lt_task_handovers *threads,
		size_t n_threads, const struct seen *s, struct way_habit *ret)
{
	const struct start wanted = {.tid = s->ref.tid}, *start;
	const struct lt_place *place = NULL;

	start = starts->n ? bsearch(&wanted, starts->all, starts->n, sizeof(wanted), by_tid) : NULL;
	*ret = (struct way_habit){.alone = true};
	for (size_t i = 0; i < n_threads; i++) {
		const struct lt_task_handovers *t = &threads[i];
		if (t->pid != s->ref.pid)
			continue;
		if (t->tid != s->ref.tid) {
			ret->others += t->handovers.calls;
			ret->alone &= !has_waited_at(t, s->args[0]);
			continue;
		}
		place = place_of(t);
	}
	if (!place || place->sp != s->sp || !start)
		return 0;
	ret->others_then = start->calls - start->own;
	ret->then_ns = start->at_ns;
	ret->waits = place->ended;
	ret->longest_ns = place->longest_ns;
	ret->usual_ns = usual(place);
	ret->first_ns = place->first_ns;
	return 1;
}
