// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include "stalls_list.h"

struct stall *stalls_new(struct stalls *s)
{
	struct stall *stall;

	if (array_room(&s->open, &s->cap_open, s->n_open, sizeof(struct stall *)))
		return NULL;
	stall = calloc(1, sizeof(*stall));
	if (!stall)
		return NULL;
	stall->serial = ++s->serials;
	s->open[s->n_open++] = stall;
	return stall;
}

/* The stall with this serial if it is open, or NULL. */
static struct stall *find(const struct stalls *s, uint64_t serial)
{
	size_t low = 0, high = s->n_open;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (s->open[middle]->serial < serial)
			low = middle + 1;
		else
			high = middle;
	}
	return serial && low < s->n_open && s->open[low]->serial == serial ? s->open[low] : NULL;
}

struct stall *stalls_of_wait(const struct stalls *s, const struct diagnosis *d, uint32_t wait)
{
	return find(s, past_of(d, d->model->waits[wait].thread)->stall);
}
