// SPDX-License-Identifier: GPL-2.0
#include "fleet_recent.h"

#include <errno.h>
#include <stdlib.h>

/* Where it is, or where it would be. */
static uint64_t *slot_of(const struct fleet_generation *g, uint64_t hash)
{
	size_t i = hash & (g->n_slots - 1);

	while (g->slots[i] && g->slots[i] != hash)
		i = (i + 1) & (g->n_slots - 1);
	return &g->slots[i];
}

static bool has(const struct fleet_generation *g, uint64_t hash)
{
	return g->slots && *slot_of(g, hash);
}

static int grow(struct fleet_generation *g)
{
	struct fleet_generation larger = {.n_slots = g->n_slots ? g->n_slots * 2 : 1024};

	larger.slots = calloc(larger.n_slots, sizeof(*larger.slots));
	if (!larger.slots)
		return -ENOMEM;
	for (size_t i = 0; i < g->n_slots; i++) {
		if (g->slots[i])
			*slot_of(&larger, g->slots[i]) = g->slots[i];
	}
	larger.used = g->used;
	free(g->slots);
	*g = larger;
	return 0;
}

int fleet_recent_add(struct fleet_recent *r, uint64_t hash)
{
	hash += !hash; /* 0 is a free slot */
	if (has(&r->now, hash) || has(&r->before, hash))
		return 0;
	if (r->now.used >= r->room) {
		r->forgot |= r->before.used > 0;
		free(r->before.slots);
		r->before = r->now;
		r->now = (struct fleet_generation){0};
	}
	if (r->now.used + 1 > r->now.n_slots / 2 && grow(&r->now) != 0)
		return -ENOMEM;
	*slot_of(&r->now, hash) = hash;
	r->now.used++;
	return 1;
}

void fleet_recent_free(struct fleet_recent *r)
{
	free(r->now.slots);
	free(r->before.slots);
	r->now = r->before = (struct fleet_generation){0};
}
