// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"

/* Chunks double from 4 KiB to 1 MiB: an idle look costs one page, a huge one few calls. */
#define CHUNK_MIN ((size_t)4096)
#define CHUNK_MAX ((size_t)1 << 20)

struct arena_chunk {
	struct arena_chunk *older;
	size_t size, used;
	alignas(max_align_t) char data[];
};

static struct arena_chunk *chunk_new(struct arena *a, size_t need)
{
	size_t size = a->chunk ? a->chunk->size * 2 : CHUNK_MIN;
	struct arena_chunk *chunk;

	if (size > CHUNK_MAX)
		size = CHUNK_MAX;
	if (size < need)
		size = need;
	if (size > SIZE_MAX - sizeof(*chunk))
		return NULL;
	chunk = malloc(sizeof(*chunk) + size);
	if (!chunk)
		return NULL;
	chunk->older = a->chunk;
	chunk->size = size;
	chunk->used = 0;
	a->chunk = chunk;
	return chunk;
}

void *arena_alloc(struct arena *a, size_t size)
{
	struct arena_chunk *chunk = a->chunk;
	const size_t align = alignof(max_align_t);
	size_t rounded;
	void *p;

	if (size > SIZE_MAX / 2)
		return NULL;
	rounded = size ? (size + align - 1) / align * align : align;
	if (!chunk || chunk->size - chunk->used < rounded) {
		chunk = chunk_new(a, rounded);
		if (!chunk)
			return NULL;
	}
	p = chunk->data + chunk->used;
	chunk->used += rounded;
	return memset(p, 0, rounded);
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
	if (size && n > SIZE_MAX / size)
		return NULL;
	return arena_alloc(a, n * size);
}

char *arena_strdup(struct arena *a, const char *s)
{
	size_t size = s ? strlen(s) + 1 : 0;
	char *copy = s ? arena_alloc(a, size) : NULL;

	return copy ? memcpy(copy, s, size) : NULL;
}

int arena_copy(struct arena *a, const char *s, const char **ret)
{
	const char *copy = arena_strdup(a, s);

	if (s && !copy)
		return -ENOMEM;
	*ret = copy;
	return 0;
}

static void free_chain(struct arena_chunk *chunk)
{
	while (chunk) {
		struct arena_chunk *older = chunk->older;

		free(chunk);
		chunk = older;
	}
}

void arena_reset(struct arena *a)
{
	if (!a->chunk)
		return;
	free_chain(a->chunk->older);
	a->chunk->older = NULL;
	a->chunk->used = 0;
}

void arena_free(struct arena *a)
{
	free_chain(a->chunk);
	a->chunk = NULL;
}

int array_room(void *items, size_t *cap, size_t n, size_t size)
{
	size_t want = *cap ? *cap * 2 : 16;
	void *old, *grown;

	if (n < *cap)
		return 0;
	if (want < *cap || want > SIZE_MAX / size)
		return -ENOMEM;
	memcpy(&old, items, sizeof(old)); /* items is the address of some T * */
	grown = realloc(old, want * size);
	if (!grown)
		return -ENOMEM;
	memcpy(items, &grown, sizeof(grown));
	*cap = want;
	return 0;
}
