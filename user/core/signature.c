// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include "rules.h"
#include "signature.h"

/* The innermost ones tell the place; the outermost ones are start-up code and main loops. */
#define FRAMES 4

/* Of a large circle, or a long chain, so many members and links decide. */
#define PARTS 32

/* Parts of a fingerprint that have no order: a circle has no first thread. */
struct parts {
	uint64_t hashes[PARTS];
	size_t n;
};

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void add(struct parts *parts, uint64_t hash)
{
	for (size_t i = 0; i < parts->n; i++) {
		if (parts->hashes[i] == hash)
			return;
	}
	if (parts->n < PARTS)
		parts->hashes[parts->n++] = hash;
}

static uint64_t feed(struct parts *parts, uint64_t h)
{
	qsort(parts->hashes, parts->n, sizeof(parts->hashes[0]), compare);
	h = hash_u64(h, parts->n);
	for (size_t i = 0; i < parts->n; i++)
		h = hash_u64(h, parts->hashes[i]);
	return h;
}

/*
 * Guessed frames differ from run to run; those without a build id, from device
 * to device. Names, and with them inlined functions, depend on which debug files
 * are installed; where the code lies in its file does not.
 */
static void add_stack(struct parts *parts, const struct model_thread *t)
{
	uint64_t h = HASH_START;
	size_t used = 0;

	for (size_t i = 0; t->stack && i < t->stack->n_frames && used < FRAMES; i++) {
		const struct fact_frame *frame = &t->stack->frames[i];

		if (!frame->build_id || frame->guessed || frame->inlined)
			continue;
		h = hash_text(h, frame->build_id);
		h = hash_u64(h, frame->offset);
		used++;
	}
	if (used)
		add(parts, h);
}

static void add_kinds(struct parts *parts, const struct diagnosis *d, const uint32_t *nodes,
		      uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		const struct model_resource *r;

		if (graph_is_thread(&d->graph, nodes[i]))
			continue;
		r = &d->model->resources[graph_resource_of(&d->graph, nodes[i])];
		add(parts, hash_text(HASH_START, r->fact.kind));
	}
}

void signature_of(const struct diagnosis *d, const struct finding *f, const struct trail *trail,
		  char ret[24])
{
	static const char digits[] = "0123456789abcdef";
	const struct model *m = d->model;
	struct parts kinds = {0}, places = {0};
	uint64_t h = hash_text(HASH_START, f->rule->name);

	add_kinds(&kinds, d, trail->path, trail->n_path);
	add_kinds(&kinds, d, trail->cycle, trail->n_cycle);
	for (uint32_t i = 0; i < f->n_roots; i++)
		add_stack(&places, &m->threads[f->roots[i]]);
	add_stack(&places, &m->threads[m->waits[f->lead].thread]);
	h = feed(&places, feed(&kinds, h));
	for (int i = 15; i >= 0; i--, h >>= 4)
		ret[i] = digits[h & 15];
	ret[16] = '\0';
}
