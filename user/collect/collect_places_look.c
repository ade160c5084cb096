// SPDX-License-Identifier: GPL-2.0
/*
 * Places where threads are parked, from look to look: what came, what left, when
 * its threads were made, and whether it is one place at all.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "collect_places_private.h"
#include "collect_private.h"
#include "../core/pile.h"
#include "../core/table.h"
#include "../os/os.h"
#include "../os/stacks.h"
#include "../ways/way.h"

#define NSEC UINT64_C(1000000000)

/* Threads are made one after the other: those of one moment are made in one go. */
#define MOMENT_NS (NSEC / 10)

/* Who parks so soon after it was made, and has not run since, has never come back from there. */
#define YOUNG_NS (2 * NSEC)
/* Nor has who slept no more often: there, and once for a lock on the way. */
#define SLEPT_NEVER_BACK 2

/* Of so many threads the stacks are compared. */
#define COMPARED   3
#define FAILED_MAX 10
#define FRAMES	   64

static int by_ref(const void *a, const void *b)
{
	const struct member *x = a, *y = b;

	return ref_compare(&x->ref, &y->ref);
}

static int by_birth(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* ---- What came, what left ---- */

static void compare_looks(struct place *p)
{
	size_t i = 0, k = 0;

	p->arrived = p->left = 0;
	while (i < p->now.n || k < p->before.n) {
		const struct member *now = i < p->now.n ? &p->now.all[i] : NULL;
		const struct member *old = k < p->before.n ? &p->before.all[k] : NULL;
		int c = !now ? 1 : !old ? -1 : ref_compare(&now->ref, &old->ref);

		/* one that ran meanwhile was woken, and came back */
		p->arrived += c < 0;
		p->left += c > 0 || (c == 0 && now->nvcsw != old->nvcsw);
		i += c <= 0;
		k += c >= 0;
	}
	if (p->looks++)
		return;
	p->arrived = 0; /* who was there already came at a time that nobody saw */
	p->first = p->now.n;
}

/* How long the machine was suspended: threads' starts count that, the clock of waits does not. */
uint64_t places_suspended_ns(void)
{
	struct timespec boot, mono;
	int64_t ns;

	clock_gettime(CLOCK_MONOTONIC, &mono);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	ns = (boot.tv_sec - mono.tv_sec) * (int64_t)NSEC + (boot.tv_nsec - mono.tv_nsec);
	return ns > 0 ? (uint64_t)ns : 0;
}

static uint64_t birth_ns(const struct member *m, uint64_t suspended)
{
	return m->ref.start * (NSEC / (uint64_t)sysconf(_SC_CLK_TCK)) - suspended;
}

bool places_parked_young(const struct member *m, uint64_t suspended_ns)
{
	uint64_t young_ns = birth_ns(m, suspended_ns) + YOUNG_NS;

	if (!m->since_ns || m->since_ns < young_ns)
		return m->since_ns;
	/* What was taken from its CPU makes it seem to have parked later (os/since.c). */
	return m->nvcsw <= SLEPT_NEVER_BACK &&
	       (m->doubt_ns >= m->since_ns || m->since_ns - m->doubt_ns < young_ns);
}

static int look_at_births(struct place *p, uint64_t suspended)
{
	uint64_t *births = malloc(p->now.n * sizeof(*births));

	if (!births)
		return -ENOMEM;
	p->young = 0;
	for (size_t i = 0; i < p->now.n; i++) {
		const struct member *m = &p->now.all[i];

		births[i] = birth_ns(m, suspended);
		p->young += places_parked_young(m, suspended);
	}
	qsort(births, p->now.n, sizeof(*births), by_birth);
	p->born = 1;
	for (size_t i = 1; i < p->now.n; i++)
		p->born += births[i] / MOMENT_NS != births[i - 1] / MOMENT_NS;
	p->born_s = (uint32_t)((births[p->now.n - 1] - births[0]) / NSEC);
	free(births);
	return 0;
}

/* ---- Is it one place, and how is it called ---- */

/* Where its frames are; what was inlined has none of its own. */
static size_t offsets_of(const struct fact_stack *s, uint64_t offsets[FRAMES])
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_frames && n < FRAMES; i++) {
		if (!s->frames[i].inlined)
			offsets[n++] = s->frames[i].offset;
	}
	return n;
}

/* The innermost function of the program itself: a library's says little. */
static void name_place(struct place *p, const struct fact_stack *s)
{
	const char *name = pile_place(s);

	snprintf(p->name, sizeof(p->name), "%s", name ? name : "a function without a name");
}

/* The first, the last and one between. Returns 1, 0, or -EAGAIN if they could not be read. */
static int is_one_place(struct collector *c, struct place *p)
{
	uint64_t first[FRAMES], offsets[FRAMES];
	size_t n_first = 0;

	for (int i = 0; i < COMPARED; i++) {
		const struct member *m = &p->now.all[(p->now.n - 1) * (size_t)i / (COMPARED - 1)];
		struct fact_stack stack;
		struct seen s;
		size_t n;

		if (c->way->look(c->way_self, m->ref.pid, m->ref.tid, &s) || s.nvcsw != m->nvcsw ||
		    stacks_unwind(c->os->stacks, c->os, &s, FRAMES, i == 0, &stack) ||
		    !stack.n_frames)
			return -EAGAIN;
		n = offsets_of(&stack, i ? offsets : first);
		if (i && (n != n_first || memcmp(first, offsets, n * sizeof(*first)) != 0))
			return stack.complete ? 0 : -EAGAIN;
		if (i)
			continue;
		name_place(p, &stack);
		n_first = n;
	}
	return 1;
}

/* Loosely: the core says when it is a pile-up. */
static void suspect(struct collector *c, struct place *p)
{
	int one;

	if (p->left)
		p->moments = 0;
	p->moments += p->arrived > 0;
	p->grows |= p->arrived > 0 || p->born >= PILE_MIN;
	if (p->left || p->differs) {
		p->suspected = false;
		return;
	}
	if (p->suspected || p->looks < 2 || p->young * 10 < p->now.n * 9 ||
	    (p->moments < 2 && p->born < PILE_MIN))
		return;
	one = is_one_place(c, p);
	p->suspected = one == 1;
	/* what could not be read once or twice is no reason to give up */
	p->differs = one == 0 || (one < 0 && ++p->failed == FAILED_MAX);
}

int places_end(struct collector *c)
{
	struct places *all = c->places;
	uint64_t suspended = places_suspended_ns();

	for (size_t i = 0; i < all->n; i++) {
		struct place *p = all->all[i];
		int r;

		if (p->now.n)
			qsort(p->now.all, p->now.n, sizeof(*p->now.all), by_ref);
		compare_looks(p);
		p->present = p->now.n >= PILE_MIN;
		if (!p->present) {
			p->suspected = false;
			continue;
		}
		r = look_at_births(p, suspended);
		if (r)
			return r;
		suspect(c, p);
	}
	return 0;
}
