/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_TABLE_H
#define CORE_TABLE_H

/*
 * A hash table of indices into an array that the caller keeps: it stores no
 * keys. Open addressing, linear probing, at most half full. A zeroed struct
 * table is an empty one. Nothing ever walks it, so that no output can come
 * out in the order of hashes.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "facts.h"

#define TABLE_NONE UINT32_MAX

struct table_slot {
	uint32_t hash; /* the lower half: a slot is small, as it is mostly not in the cache */
	uint32_t index;
};

struct table {
	struct table_slot *slots;
	size_t n_slots; /* a power of two, or 0 */
	size_t used;
};

/* Is the item at index the one that key means? */
typedef bool (*table_eq)(const void *items, uint32_t index, const void *key);

/* The index of the item with this key, or TABLE_NONE. */
uint32_t table_find(const struct table *t, uint64_t hash, table_eq eq, const void *items,
		    const void *key);

/* Adds an index that is not in it. Returns 0 or -ENOMEM. */
int table_add(struct table *t, uint64_t hash, uint32_t index);

void table_clear(struct table *t);
void table_free(struct table *t);

/* Hashes: FNV-1a 64 to feed, one mixing step to use. */
#define HASH_START UINT64_C(0xcbf29ce484222325)
uint64_t hash_bytes(uint64_t h, const void *p, size_t n);
uint64_t hash_text(uint64_t h, const char *s); /* with its end; NULL counts as "" */
uint64_t hash_u64(uint64_t h, uint64_t v);     /* the same on any byte order */
uint64_t hash_mix(uint64_t h);

/* Of pid and tid only: start is not always known. */
uint64_t hash_ref(const struct thread_ref *ref);
/* A start of 0 is "not known" and matches any. */
bool ref_same(const struct thread_ref *a, const struct thread_ref *b);
int ref_compare(const struct thread_ref *a, const struct thread_ref *b);

#endif
