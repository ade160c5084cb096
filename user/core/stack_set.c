// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "copy_fact.h"
#include "stack_set.h"

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_frame(const struct fact_frame *a, const struct fact_frame *b)
{
	return a->offset == b->offset && a->symbol_offset == b->symbol_offset &&
	       a->line == b->line && a->guessed == b->guessed && a->how == b->how &&
	       a->interrupted == b->interrupted && a->inlined == b->inlined &&
	       same_text(a->module, b->module) && same_text(a->build_id, b->build_id) &&
	       same_text(a->symbol, b->symbol) && same_text(a->file, b->file);
}

static bool is_stack(const void *items, uint32_t i, const void *key)
{
	const struct report_stack *a = &((const struct report_stack *)items)[i];
	const struct fact_stack *b = key;

	if (a->n_frames != b->n_frames || a->complete != b->complete ||
	    !same_text(a->note, b->note))
		return false;
	for (size_t j = 0; j < a->n_frames; j++) {
		if (!same_frame(&a->frames[j], &b->frames[j]))
			return false;
	}
	return true;
}

static uint64_t hash_stack(const struct fact_stack *stack)
{
	uint64_t h = hash_text(HASH_START, stack->note);

	for (size_t i = 0; i < stack->n_frames; i++) {
		h = hash_u64(h, stack->frames[i].offset);
		h = hash_u64(h, stack->frames[i].symbol_offset);
		h = hash_text(h, stack->frames[i].module);
		h = hash_text(h, stack->frames[i].symbol);
	}
	return hash_mix(h);
}

int stack_set_add(struct stack_set *s, const struct fact_stack *stack, size_t *ret)
{
	uint64_t hash = stack ? hash_stack(stack) : 0;
	struct fact_stack copy;
	uint32_t i;
	int err;

	if (!stack) {
		*ret = REPORT_NONE;
		return 0;
	}
	i = table_find(&s->by_content, hash, is_stack, s->all, stack);
	if (i != TABLE_NONE) {
		*ret = i;
		return 0;
	}
	err = array_room(&s->all, &s->cap, s->n, sizeof(*s->all));
	if (!err)
		err = copy_stack(s->arena, stack, &copy);
	if (!err)
		err = table_add(&s->by_content, hash, (uint32_t)s->n);
	if (err)
		return err;
	s->all[s->n] = (struct report_stack){.frames = copy.frames,
					     .n_frames = copy.n_frames,
					     .complete = copy.complete,
					     .note = copy.note};
	*ret = s->n++;
	return 0;
}

int stack_set_done(struct stack_set *s, const struct report_stack **ret, size_t *ret_n)
{
	struct report_stack *all = arena_array(s->arena, s->n, sizeof(*all));

	if (!all)
		return -ENOMEM;
	if (s->n)
		memcpy(all, s->all, s->n * sizeof(*all));
	*ret = all;
	*ret_n = s->n;
	return 0;
}

void stack_set_free(struct stack_set *s)
{
	free(s->all);
	table_free(&s->by_content);
	*s = (struct stack_set){0};
}
