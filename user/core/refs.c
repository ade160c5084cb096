// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>

#include "arena.h"
#include "refs.h"

/* A graph numbers threads and resources together. */
#define REFS_MAX (TABLE_NONE / 4)

static bool is_ref(const void *items, uint32_t i, const void *key)
{
	const struct thread_ref *all = items;

	return ref_same(&all[i], key);
}

uint32_t refs_find(const struct refs *r, const struct thread_ref *ref)
{
	return table_find(&r->table, hash_ref(ref), is_ref, r->all, ref);
}

int refs_add(struct refs *r, const struct thread_ref *ref, uint32_t *ret)
{
	int err = r->n < REFS_MAX ? array_room(&r->all, &r->cap, r->n, sizeof(*r->all)) : -ENOMEM;

	if (!err)
		err = table_add(&r->table, hash_ref(ref), (uint32_t)r->n);
	if (err)
		return err;
	r->all[r->n] = *ref;
	*ret = (uint32_t)r->n++;
	return 0;
}

void refs_clear(struct refs *r)
{
	table_clear(&r->table);
	r->n = 0;
}

void refs_free(struct refs *r)
{
	free(r->all);
	table_free(&r->table);
	*r = (struct refs){0};
}
