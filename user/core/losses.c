// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "losses.h"

/* So many moments are remembered; of more, older ones count as later. */
#define MOMENTS 32

struct loss_growth {
	struct {
		uint64_t at_ns; /* of the look that told of it */
		uint64_t count; /* from then on */
	} moments[MOMENTS];
	size_t n;
};

void losses_look(struct losses *l)
{
	for (size_t i = 0; i < l->n_unseen; i++) {
		free((char *)l->unseen[i].hook);
		free((char *)l->unseen[i].what);
	}
	l->n_unseen = 0;
}

int losses_unseen(struct losses *l, const struct fact_unseen *f)
{
	struct fact_unseen copy = *f;

	if (array_room(&l->unseen, &l->cap_unseen, l->n_unseen, sizeof(*l->unseen)))
		return -ENOMEM;
	copy.hook = strdup(f->hook);
	copy.what = strdup(f->what);
	l->unseen[l->n_unseen++] = copy;
	return copy.hook && copy.what ? 0 : -ENOMEM;
}

void losses_free(struct losses *l)
{
	losses_look(l);
	free(l->unseen);
	for (size_t i = 0; i < l->n; i++)
		free((char *)l->all[i].reason);
	free(l->all);
	free(l->growth);
	*l = (struct losses){0};
}

static void note_growth(struct loss_growth *g, uint64_t now_ns, uint64_t count)
{
	if (g->n == MOMENTS) {
		/* what was lost at the oldest is taken for lost at the next one */
		memmove(&g->moments[0], &g->moments[1], (MOMENTS - 1) * sizeof(g->moments[0]));
		g->n--;
	}
	g->moments[g->n].at_ns = now_ns;
	g->moments[g->n++].count = count;
}

/* Reasons are a handful: no table. */
int losses_take(struct losses *l, const struct fact_lost *f, uint64_t now_ns)
{
	size_t i = 0;
	char *reason;

	while (i < l->n && strcmp(l->all[i].reason, f->reason) != 0)
		i++;
	if (i == l->n) {
		if (array_room(&l->all, &l->cap, l->n, sizeof(*l->all)) ||
		    array_room(&l->growth, &l->cap_growth, l->n, sizeof(*l->growth)))
			return -ENOMEM;
		reason = strdup(f->reason);
		if (!reason)
			return -ENOMEM;
		l->all[l->n] = (struct fact_lost){.reason = reason};
		l->growth[l->n++].n = 0;
	}
	if (f->count > l->all[i].count)
		note_growth(&l->growth[i], now_ns, f->count);
	l->all[i].count = f->count;
	return 0;
}

/*
 * A read that failed ("read-timeout") counts by what could not be told for it:
 * the memory of one process that hangs its readers says nothing of others, and
 * a stack is no step of a chain.
 */
enum loss_kind loss_kind(const char *reason)
{
	static const struct {
		const char *begin;
		enum loss_kind kind;
	} kinds[] = {
		{"waits-", LOSS_EVENT},	   {"look-", LOSS_READ}, {"describe-", LOSS_READ},
		{"recognise-", LOSS_READ}, {"scan-", LOSS_SCAN},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!strncmp(reason, kinds[i].begin, strlen(kinds[i].begin)))
			return kinds[i].kind;
	}
	return LOSS_OTHER;
}

uint64_t losses_since(const struct losses *l, size_t i, uint64_t since_ns)
{
	const struct loss_growth *g = &l->growth[i];
	uint64_t before = 0;

	for (size_t j = 0; j < g->n && g->moments[j].at_ns < since_ns; j++)
		before = g->moments[j].count;
	return l->all[i].count > before ? l->all[i].count - before : 0;
}
