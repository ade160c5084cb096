// SPDX-License-Identifier: GPL-2.0
#include "sightings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A bound, not a plan: more threads than a machine has. 24 GB would be more of a problem. */
#define SIGHTINGS_MAX 200000
#define FIRST_SLOTS   256

struct sightings {
	struct sighting **list; /* entries never move: they are pointed to */
	size_t n, room;
	uint32_t *slots; /* index + 1 by hash of the tid */
	size_t n_slots;
};

static size_t slot_of(const struct sightings *s, pid_t tid)
{
	return ((uint64_t)tid * 0x9e3779b97f4a7c15ULL >> 20) & (s->n_slots - 1);
}

static int grow(struct sightings *s)
{
	size_t room = s->room ? s->room * 2 : FIRST_SLOTS / 2, n_slots = room * 2;
	struct sighting **list = reallocarray(s->list, room, sizeof(struct sighting *));

	if (!list)
		return -ENOMEM;
	s->list = list;
	uint32_t *slots = calloc(n_slots, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	free(s->slots);
	s->slots = slots;
	s->n_slots = n_slots;
	s->room = room;
	for (size_t i = 0; i < s->n; i++) {
		size_t slot = slot_of(s, s->list[i]->seen.ref.tid);

		while (slots[slot])
			slot = (slot + 1) & (n_slots - 1);
		slots[slot] = (uint32_t)i + 1;
	}
	return 0;
}

int sightings_new(struct sightings **ret)
{
	struct sightings *s = calloc(1, sizeof(*s));

	if (!s || grow(s) != 0) {
		sightings_free(s);
		return -ENOMEM;
	}
	*ret = s;
	return 0;
}

void sightings_clear(struct sightings *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->list[i]);
	s->n = 0;
	memset(s->slots, 0, s->n_slots * sizeof(*s->slots));
}

void sightings_free(struct sightings *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++)
		free(s->list[i]);
	free(s->list);
	free(s->slots);
	free(s);
}

struct sighting *sightings_find(const struct sightings *s, const struct thread_ref *ref)
{
	for (size_t slot = slot_of(s, ref->tid); s->slots[slot];
	     slot = (slot + 1) & (s->n_slots - 1)) {
		struct sighting *found = s->list[s->slots[slot] - 1];

		if (found->seen.ref.tid == ref->tid &&
		    (ref->start == 0 || found->seen.ref.start == ref->start))
			return found;
	}
	return NULL;
}

struct sighting *sightings_add(struct sightings *s, const struct seen *seen)
{
	struct sighting *entry = sightings_find(s, &seen->ref);

	if (entry)
		return entry;
	if (s->n >= SIGHTINGS_MAX || (s->n == s->room && grow(s) != 0))
		return NULL;
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return NULL;
	entry->seen = *seen;
	size_t slot = slot_of(s, seen->ref.tid);

	while (s->slots[slot])
		slot = (slot + 1) & (s->n_slots - 1);
	s->list[s->n++] = entry;
	s->slots[slot] = (uint32_t)s->n;
	return entry;
}

struct sighting *sightings_at(const struct sightings *s, size_t i)
{
	return i < s->n ? s->list[i] : NULL;
}
