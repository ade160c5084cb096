/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_ARENA_H
#define CORE_ARENA_H

/*
 * Memory that is freed all at once: what belongs to one look, or to one
 * report. A zeroed struct arena is an empty one.
 */
#include <stddef.h>

struct arena_chunk;

struct arena {
	struct arena_chunk *chunk; /* the newest; older ones hang off it */
};

/* Zeroed memory, aligned for anything; NULL if there is none. size 0 gives a valid pointer. */
void *arena_alloc(struct arena *a, size_t size);

/* n objects of size; NULL also if the product overflows. */
void *arena_array(struct arena *a, size_t n, size_t size);

/* NULL if s is NULL or memory is out: use arena_copy() where that matters. */
char *arena_strdup(struct arena *a, const char *s);

/* Copies s (may be NULL) to *ret. Returns 0 or -ENOMEM. */
int arena_copy(struct arena *a, const char *s, const char **ret);

/* Keeps the newest (largest) chunk for the next use. */
void arena_reset(struct arena *a);
void arena_free(struct arena *a);

/*
 * Makes room for one more in a heap array of *cap items of size, n of them in
 * use. Returns 0 or -ENOMEM, and then leaves the array as it was.
 */
int array_room(void *items, size_t *cap, size_t n, size_t size);

#endif
