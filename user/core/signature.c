// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

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
	bool partial;
};

/* Who is in a place; so that who holds here and waits there is not who holds there and waits here.
 */
enum part { PART_KIND = 1, PART_CIRCLE, PART_END, PART_WAITER };

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Of more than there is room for, the smallest: whatever the order they come in. */
static void add(struct parts *parts, uint64_t hash)
{
	size_t largest = 0;

	for (size_t i = 0; i < parts->n; i++) {
		if (parts->hashes[i] == hash)
			return;
		if (parts->hashes[i] > parts->hashes[largest])
			largest = i;
	}
	if (parts->n < PARTS)
		parts->hashes[parts->n++] = hash;
	else if (hash < parts->hashes[largest])
		parts->hashes[largest] = hash;
}

static uint64_t feed(struct parts *parts, uint64_t h)
{
	qsort(parts->hashes, parts->n, sizeof(parts->hashes[0]), compare);
	h = hash_u64(h, parts->n);
	for (size_t i = 0; i < parts->n; i++)
		h = hash_u64(h, parts->hashes[i]);
	return h;
}

/* ---- Places ---- */

bool signature_is_runtime(const char *module)
{
	static const char *const names[] = {"libc.",  "libc-",	    "libpthread", "ld-",
					    "ld.so",  "libstdc++.", "libgcc_s.",  "libc++.",
					    "librt.", "libc++abi."};

	for (size_t i = 0; module && i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strncmp(module, names[i], strlen(names[i])))
			return true;
	}
	return false;
}

/* A file has an offset that is the same everywhere; the kernel and generated code have none. */
static bool is_of_file(const struct fact_frame *frame)
{
	return frame->build_id || (frame->module && frame->module[0] != '[' &&
				   frame->module[0] != '/' && frame->module[0] != '(');
}

/* Functions that were inlined share the place of the one they are in. */
static bool is_same_place(const struct fact_frame *a, const struct fact_frame *b)
{
	return b && a->offset == b->offset &&
	       (a->build_id && b->build_id ? !strcmp(a->build_id, b->build_id)
					   : a->build_id == b->build_id);
}

/* The innermost frames of a stack, with those of run-time libraries or without. */
static size_t hash_frames(const struct fact_stack *stack, bool runtime, uint64_t *h,
			  bool *ret_guessed)
{
	const struct fact_frame *last = NULL;
	size_t used = 0;

	for (size_t i = 0; i < stack->n_frames && used < FRAMES; i++) {
		const struct fact_frame *frame = &stack->frames[i];

		if (!is_of_file(frame) || (!runtime && signature_is_runtime(frame->module)))
			continue;
		if (frame->guessed) {
			*ret_guessed = true;
			continue;
		}
		if (is_same_place(frame, last))
			continue;
		*h = hash_text(*h, frame->build_id ? frame->build_id : frame->module);
		*h = hash_u64(*h, frame->offset);
		last = frame;
		used++;
	}
	return used;
}

static void add_place(struct parts *parts, const struct diagnosis *d, uint32_t thread,
		      enum part part, const char *kind)
{
	const struct model_thread *t = &d->model->threads[thread];
	uint64_t h = hash_text(hash_u64(HASH_START, part), kind);
	bool guessed = false;
	size_t used = 0;

	if (verdict_is_gone(t) || t->fact.activity == ACT_RUNNING) {
		add(parts, h);
		return;
	}
	if (t->stack)
		used = hash_frames(t->stack, false, &h, &guessed);
	if (t->stack && !used)
		used = hash_frames(t->stack, true, &h, &guessed);
	if (guessed || !used || (used < FRAMES && !t->stack->complete))
		parts->partial = true;
	add(parts, h);
}

/* ---- Which of them decide ---- */

static const char *kind_of(const struct diagnosis *d, uint32_t resource)
{
	return d->model->resources[resource].fact.kind;
}

static void add_circle(struct parts *parts, const struct diagnosis *d, const struct finding *f)
{
	for (uint32_t i = 0; i < f->n_roots; i++) {
		const struct model_wait *w = model_wait_by(d->model, f->roots[i]);

		if (w)
			add_place(parts, d, f->roots[i], PART_CIRCLE, kind_of(d, w->resource));
	}
}

static void add_chain(struct parts *parts, const struct diagnosis *d, const struct finding *f,
		      const struct trail *trail)
{
	const struct model_wait *lead = &d->model->waits[f->lead];

	for (uint32_t i = 0; i < trail->n_path; i++) {
		if (!graph_is_thread(&d->graph, trail->path[i]))
			add(parts,
			    hash_text(hash_u64(HASH_START, PART_KIND),
				      kind_of(d, graph_resource_of(&d->graph, trail->path[i]))));
	}
	for (uint32_t i = 0; i < f->n_roots; i++)
		add_place(parts, d, f->roots[i], PART_END, NULL);
	add_place(parts, d, lead->thread, PART_WAITER, kind_of(d, lead->resource));
}

bool signature_of(const struct diagnosis *d, const struct finding *f, const struct trail *trail,
		  char ret[24])
{
	static const char digits[] = "0123456789abcdef";
	struct parts parts = {0};
	uint64_t h;

	if (f->kind == ROOT_CYCLE || f->kind == ROOT_SELF)
		add_circle(&parts, d, f);
	else
		add_chain(&parts, d, f, trail);
	h = hash_mix(feed(&parts, hash_text(HASH_START, f->rule->name)));
	for (int i = 15; i >= 0; i--, h >>= 4)
		ret[i] = digits[h & 15];
	ret[16] = '\0';
	return !parts.partial;
}
