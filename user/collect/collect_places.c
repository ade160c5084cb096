// SPDX-License-Identifier: GPL-2.0
#include "collect_places_private.h"

#include <errno.h>
#include <inttypes.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collect_private.h"
#include "../core/pile.h"
#include "../probes/state.h"

#define STATED_MAX 512 /* of one place */

#define PAGE_MASK UINT64_C(0xfff)

static int by_key(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct place_key));
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
	now->all[now->n++] = (struct member){
		.ref = s->ref,
		.nvcsw = s->nvcsw,
		.since_ns = since_ns,
		.doubt_ns = since_ns == s->ran_ns ? s->ran_doubt_ns : 0,
	};
	if (!place->suspected || place->stated == STATED_MAX)
		return 0;
	place->stated++;
	wait_on(place, w);
	w->since_ns = s->hook_since_ns;
	return 1;
}

/* Made and parked at once, and not run since: it may be of use some day, and was not yet. */
static uint32_t count_unused(const struct members *now, uint64_t suspended_ns)
{
	uint32_t n = 0;

	for (size_t i = 0; i < now->n; i++)
		n += places_parked_young(&now->all[i], suspended_ns);
	return n;
}

uint32_t places_unused(const struct places *p, pid_t pid)
{
	uint64_t suspended_ns = places_suspended_ns();
	uint32_t n = 0;

	for (size_t i = 0; i < p->n; i++) {
		if (p->all[i]->key.pid == pid)
			n += count_unused(&p->all[i]->now, suspended_ns);
	}
	return n;
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
