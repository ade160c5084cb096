// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "limits.h"

/* Of one signature, and of all together: at once, and each window. */
#define SIGNATURE_BURST 20
#define SIGNATURE_RATE	1
#define OVERALL_BURST	100
#define OVERALL_RATE	10

/* Signatures that are remembered; the one that was asked for longest ago makes room. */
#define SIGNATURES 256

void limits_begin(struct limits *l, uint64_t threshold_ns)
{
	l->window_ns = LIMITS_WINDOW * (threshold_ns ? threshold_ns : 1);
}

void limits_free(struct limits *l)
{
	for (size_t i = 0; i < l->n; i++)
		arena_free(&l->all[i].arena);
	free(l->all);
}

static uint64_t tokens_now(const struct limits *l, const struct bucket *b, uint64_t burst,
			   uint64_t rate, uint64_t now_ns)
{
	uint64_t more;

	if (!b->filled_ns)
		return burst;
	more = now_ns > b->filled_ns ? (now_ns - b->filled_ns) / (l->window_ns / rate) : 0;
	return b->tokens + more < burst ? b->tokens + more : burst;
}

/* Only whole tokens are taken up, so that the time of a part of one is not lost. */
static void take_token(const struct limits *l, struct bucket *b, uint64_t burst, uint64_t rate,
		       uint64_t now_ns)
{
	uint64_t tokens = tokens_now(l, b, burst, rate, now_ns);
	uint64_t each = l->window_ns / rate;

	if (tokens == burst || !b->filled_ns)
		b->filled_ns = now_ns;
	else
		b->filled_ns += (tokens - b->tokens) * each;
	b->tokens = tokens - 1;
}

static struct limit *find(const struct limits *l, const char *signature)
{
	for (size_t i = 0; i < l->n; i++) {
		if (!strcmp(l->all[i].signature, signature))
			return &l->all[i];
	}
	return NULL;
}

/* Whose count was told goes first: it can be forgotten. */
static bool is_older(const struct limit *a, const struct limit *b)
{
	if (!a->n != !b->n)
		return !a->n;
	return a->last_ns < b->last_ns;
}

static struct limit *make_room(struct limits *l)
{
	struct limit *oldest;

	if (l->n < SIGNATURES) {
		if (array_room(&l->all, &l->cap, l->n, sizeof(*l->all)))
			return NULL;
		return &l->all[l->n++];
	}
	oldest = &l->all[0];
	for (size_t i = 1; i < l->n; i++) {
		if (is_older(&l->all[i], oldest))
			oldest = &l->all[i];
	}
	arena_free(&oldest->arena);
	return oldest;
}

static struct limit *find_or_add(struct limits *l, const char *signature, uint64_t now_ns)
{
	struct limit *limit = find(l, signature);

	if (!limit) {
		limit = make_room(l);
		if (!limit)
			return NULL;
		*limit = (struct limit){0};
		memcpy(limit->signature, signature, strlen(signature) + 1);
	}
	limit->last_ns = now_ns;
	return limit;
}

bool limits_have_room(struct limits *l, const char *signature, uint64_t now_ns)
{
	const struct limit *limit = find(l, signature);

	if (!tokens_now(l, &l->overall, OVERALL_BURST, OVERALL_RATE, now_ns))
		return false;
	return !limit || tokens_now(l, &limit->bucket, SIGNATURE_BURST, SIGNATURE_RATE, now_ns) > 0;
}

bool limits_admit(struct limits *l, const char *signature, uint64_t now_ns)
{
	struct limit *limit;

	if (!limits_have_room(l, signature, now_ns))
		return false;
	limit = find_or_add(l, signature, now_ns);
	if (limit) /* without memory it is told, and not counted */
		take_token(l, &limit->bucket, SIGNATURE_BURST, SIGNATURE_RATE, now_ns);
	take_token(l, &l->overall, OVERALL_BURST, OVERALL_RATE, now_ns);
	return true;
}

int limits_count(struct limits *l, struct arena *arena, struct report *report, uint64_t now_ns)
{
	struct limit *limit = find_or_add(l, report->signature, now_ns);

	if (!limit)
		return -ENOMEM;
	if (!limit->n++)
		limit->first_ns = now_ns;
	arena_free(&limit->arena);
	limit->arena = *arena;
	limit->example = report;
	*arena = (struct arena){0};
	l->suppressed++;
	return 0;
}

const struct report *limits_due(struct limits *l, const struct fact_tick *now, bool end)
{
	for (size_t i = 0; i < l->n; i++) {
		struct limit *limit = &l->all[i];
		struct report *r = limit->example;
		uint64_t age = now->now_ns > limit->first_ns ? now->now_ns - limit->first_ns : 0;

		if (!limit->n || (!end && age < l->window_ns))
			continue;
		r->event = EVENT_SUPPRESSED;
		r->now_ns = now->now_ns;
		r->wall_ns = now->wall_ns;
		r->life.suppressed = limit->n;
		r->life.suppressed_ns = age;
		limit->n = 0;
		return r;
	}
	return NULL;
}
