/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SIGHTINGS_H
#define SIGHTINGS_H

/*
 * The threads of one look, by id: what was seen of each, and what it waits for.
 */
#include <stdbool.h>
#include <stddef.h>

#include "probes/probe.h"
#include "seen.h"

struct sighting {
	struct seen seen;
	bool asked; /* probes were asked whether it waits */
	bool waits; /* wait is valid */
	bool stated;
	bool queued;
	struct wait wait;
};

struct sightings;

int sightings_new(struct sightings **ret);
void sightings_free(struct sightings *s);
void sightings_clear(struct sightings *s);

/* A new entry for that thread, or the one that is there; NULL without memory. */
struct sighting *sightings_add(struct sightings *s, const struct seen *seen);

/* NULL if there is none. start 0 fits any. */
struct sighting *sightings_find(const struct sightings *s, const struct thread_ref *ref);

struct sighting *sightings_at(const struct sightings *s, size_t i); /* NULL past the end */

#endif
