// SPDX-License-Identifier: GPL-2.0
#include "collect_places.h"

#include <errno.h>
#include <inttypes.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "collect_private.h"
#include "core/pile.h"
#include "core/table.h"
#include "os/clock.h"
#include "os/os.h"
#include "os/stacks.h"
#include "probes/state.h"
#include "ways/way.h"

#define NSEC UINT64_C(1000000000)

/* Threads are made one after the other: those of one moment are made in one go. */
#define MOMENT_NS (NSEC / 10)

/* Who parks so soon after it was made, and has not run since, has never come back from there. */
#define YOUNG_NS (2 * NSEC)

/* Of so many threads the stacks are compared, and so many are stated. */
#define COMPARED   3
#define FAILED_MAX 10
#define STATED_MAX 512
#define FRAMES	   64

#define PAGE_MASK UINT64_C(0xfff)

struct member {
	struct thread_ref ref;
	uint64_t nvcsw, since_ns;
};

struct members {
	struct member *all;
	size_t n, room;
};

/* What tells places apart, compared as bytes. */
struct place_key {
	uint64_t start; /* of the process, as far as its threads tell: 0 */
	uint64_t pc;
	int64_t pid;
	int32_t syscall;
	uint32_t depth;
};

struct place {
	struct place_key key; /* first: places are found by it */
	struct probe probe;   /* of the waits on it */
	struct members now, before;
	uint32_t looks;		  /* that saw it */
	size_t first;		  /* how many the first of these saw */
	uint32_t arrived, left;	  /* since the last look */
	uint32_t born, born_s;	  /* moments at which its threads were made, and over how long */
	uint32_t young;		  /* threads that parked when they were new, and never since */
	uint32_t moments, stated; /* looks in which some came and none had left */
	bool suspected;		  /* its threads are stated */
	int failed;		  /* so often its stacks could not be read */
	bool differs;		  /* it is more than one place, or cannot be known */
	bool present;
	bool grows; /* or did so once: only of such a place it is told how many are there */
	char name[160];
};

struct places {
	void *tree;
	struct place **all;
	size_t n, room;
};

static int by_key(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct place_key));
}

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

struct places *places_new(void)
{
	return calloc(1, sizeof(struct places));
}

static void free_place(struct place *p)
{
	free(p->now.all);
	free(p->before.all);
	free(p);
}

void places_free(struct places *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->n; i++) {
		tdelete(&p->all[i]->key, &p->tree, by_key);
		free_place(p->all[i]);
	}
	free(p->all);
	free(p);
}

/* Forgets those where nobody was in the last look. */
void places_begin(struct places *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++) {
		struct place *place = p->all[i];
		struct members spare = place->before;

		if (!place->now.n) {
			tdelete(&place->key, &p->tree, by_key);
			free_place(place);
			continue;
		}
		place->before = place->now;
		place->now = (struct members){.all = spare.all, .room = spare.room};
		place->stated = 0;
		p->all[n++] = place;
	}
	p->n = n;
}

static int describe(const struct probe_env *env, const struct seen *s, const struct wait *w);

static struct place *find(struct places *p, const struct seen *s)
{
	struct place_key key;
	struct place *place;
	void *found;

	memset(&key, 0, sizeof(key));
	key.pid = s->ref.pid;
	key.syscall = s->syscall;
	key.pc = s->pc;
	key.depth = (uint32_t)(s->sp & PAGE_MASK);
	found = tfind(&key, &p->tree, by_key);
	if (found)
		return *(struct place **)found;
	if (p->n == p->room) {
		size_t room = p->room ? p->room * 2 : 64;
		struct place **all = realloc(p->all, room * sizeof(struct place *));

		if (!all)
			return NULL;
		p->all = all;
		p->room = room;
	}
	place = calloc(1, sizeof(*place));
	if (!place)
		return NULL;
	place->key = key;
	place->probe = (struct probe){.name = "place", .describe = describe};
	if (!tsearch(place, &p->tree, by_key)) {
		free(place);
		return NULL;
	}
	p->all[p->n++] = place;
	return place;
}

/* ---- A wait on a place ---- */

static const struct place *place_of(const struct wait *w)
{
	const char *probe = (const char *)w->probe;

	return (const struct place *)(const void *)(probe - offsetof(struct place, probe));
}

static int describe(const struct probe_env *env, const struct seen *s, const struct wait *w)
{
	const struct place *p = place_of(w);
	const struct fact_number state[] = {
		{PILE_COUNT, (int64_t)p->now.n},
		{PILE_ARRIVED, p->arrived},
		{PILE_LEFT, p->left},
		{PILE_BORN, p->born},
		{PILE_BORN_S, p->born_s},
		{PILE_YOUNG, p->young},
	};
	char detail[128];
	int r;

	(void)s;
	snprintf(detail, sizeof(detail),
		 "%zu threads, %zu when first looked at; made over %u s, and none was woken since",
		 p->now.n, p->first, p->born_s);
	r = state_resource(env, w, p->name, detail, state, sizeof(state) / sizeof(*state));
	return r ? r : state_nobody(env, w, "whoever would wake them has not come so far");
}

static void wait_on(const struct place *p, struct wait *w)
{
	*w = (struct wait){
		.probe = &p->probe,
		.kind = "place",
		.class = CLASS_PILE,
		.verb = "is parked in",
	};
	snprintf(w->key, sizeof(w->key), "place:%" PRId64 ":%d:%#" PRIx64 ":%#x", p->key.pid,
		 p->key.syscall, p->key.pc, p->key.depth);
}

int places_take(struct places *p, const struct seen *s, uint64_t since_ns, struct wait *w)
{
	struct place *place;
	struct members *now;

	if (!s->sp || s->syscall < 0 || s->kthread)
		return 0;
	place = find(p, s);
	if (!place)
		return -ENOMEM;
	now = &place->now;
	if (now->n == now->room) {
		size_t room = now->room ? now->room * 2 : 8;
		struct member *all = realloc(now->all, room * sizeof(*all));

		if (!all)
			return -ENOMEM;
		now->all = all;
		now->room = room;
	}
	now->all[now->n++] =
		(struct member){.ref = s->ref, .nvcsw = s->nvcsw, .since_ns = since_ns};
	if (!place->suspected || place->stated == STATED_MAX)
		return 0;
	place->stated++;
	wait_on(place, w);
	w->since_ns = s->hook_since_ns;
	return 1;
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
static uint64_t suspended_ns(void)
{
	struct timespec boot, mono;
	int64_t ns;

	clock_gettime(CLOCK_MONOTONIC, &mono);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	ns = (boot.tv_sec - mono.tv_sec) * (int64_t)NSEC + (boot.tv_nsec - mono.tv_nsec);
	return ns > 0 ? (uint64_t)ns : 0;
}

static int look_at_births(struct place *p, uint64_t suspended)
{
	const uint64_t tick_ns = NSEC / (uint64_t)sysconf(_SC_CLK_TCK);
	uint64_t *births = malloc(p->now.n * sizeof(*births));

	if (!births)
		return -ENOMEM;
	p->young = 0;
	for (size_t i = 0; i < p->now.n; i++) {
		const struct member *m = &p->now.all[i];

		births[i] = m->ref.start * tick_ns - suspended;
		p->young += m->since_ns && m->since_ns < births[i] + YOUNG_NS;
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
	uint64_t suspended = suspended_ns();

	for (size_t i = 0; i < all->n; i++) {
		struct place *p = all->all[i];
		int r;

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

int places_state(struct collector *c)
{
	const struct probe_env env = {
		.os = c->os, .way = c->way, .way_self = c->way_self, .out = c->out};

	for (size_t i = 0; i < c->places->n; i++) {
		const struct place *p = c->places->all[i];
		struct wait w;
		int r;

		if (!p->present || !p->grows || p->stated)
			continue;
		wait_on(p, &w);
		r = describe(&env, NULL, &w);
		if (r)
			return r;
	}
	return 0;
}
