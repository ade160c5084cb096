// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"

uint32_t table_find(const struct table *t, uint64_t hash, table_eq eq, const void *items,
		    const void *key)
{
	size_t mask = t->n_slots - 1;

	if (!t->n_slots)
		return TABLE_NONE;
	for (size_t i = (uint32_t)hash & mask;; i = (i + 1) & mask) {
		const struct table_slot *slot = &t->slots[i];

		if (slot->index == TABLE_NONE)
			return TABLE_NONE;
		if (slot->hash == (uint32_t)hash && eq(items, slot->index, key))
			return slot->index;
	}
}

static void put(struct table_slot *slots, size_t n_slots, uint32_t hash, uint32_t index)
{
	size_t mask = n_slots - 1;
	size_t i = hash & mask;

	while (slots[i].index != TABLE_NONE)
		i = (i + 1) & mask;
	slots[i] = (struct table_slot){.hash = hash, .index = index};
}

static int grow(struct table *t)
{
	size_t n = t->n_slots ? t->n_slots * 2 : 64;
	struct table_slot *slots;

	if (n > UINT32_MAX / sizeof(*slots))
		return -ENOMEM;
	slots = reallocarray(NULL, n, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		slots[i].index = TABLE_NONE;
	for (size_t i = 0; i < t->n_slots; i++) {
		if (t->slots[i].index != TABLE_NONE)
			put(slots, n, t->slots[i].hash, t->slots[i].index);
	}
	free(t->slots);
	t->slots = slots;
	t->n_slots = n;
	return 0;
}

int table_add(struct table *t, uint64_t hash, uint32_t index)
{
	if (t->used + 1 > t->n_slots / 2) {
		int err = grow(t);

		if (err)
			return err;
	}
	put(t->slots, t->n_slots, (uint32_t)hash, index);
	t->used++;
	return 0;
}

void table_clear(struct table *t)
{
	for (size_t i = 0; i < t->n_slots; i++)
		t->slots[i].index = TABLE_NONE;
	t->used = 0;
}

void table_free(struct table *t)
{
	free(t->slots);
	*t = (struct table){0};
}

uint64_t hash_bytes(uint64_t h, const void *p, size_t n)
{
	const unsigned char *bytes = p;

	for (size_t i = 0; i < n; i++)
		h = (h ^ bytes[i]) * UINT64_C(0x100000001b3);
	return h;
}

uint64_t hash_text(uint64_t h, const char *s)
{
	return s ? hash_bytes(h, s, strlen(s) + 1) : hash_bytes(h, "", 1);
}

uint64_t hash_u64(uint64_t h, uint64_t v)
{
	for (int i = 0; i < 8; i++, v >>= 8)
		h = (h ^ (v & 0xff)) * UINT64_C(0x100000001b3);
	return h;
}

/* The low bits of FNV alone are poor for short keys. */
uint64_t hash_mix(uint64_t h)
{
	h = (h ^ (h >> 33)) * UINT64_C(0xff51afd7ed558ccd);
	h = (h ^ (h >> 33)) * UINT64_C(0xc4ceb9fe1a85ec53);
	return h ^ (h >> 33);
}

uint64_t hash_ref(const struct thread_ref *ref)
{
	return hash_mix((uint64_t)(uint32_t)ref->pid << 32 | (uint32_t)ref->tid);
}

bool ref_same(const struct thread_ref *a, const struct thread_ref *b)
{
	return a->pid == b->pid && a->tid == b->tid &&
	       (a->start == b->start || !a->start || !b->start);
}

int ref_compare(const struct thread_ref *a, const struct thread_ref *b)
{
	if (a->pid != b->pid)
		return a->pid < b->pid ? -1 : 1;
	if (a->tid != b->tid)
		return a->tid < b->tid ? -1 : 1;
	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	return 0;
}
