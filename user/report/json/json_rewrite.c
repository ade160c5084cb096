// SPDX-License-Identifier: GPL-2.0
/*
 * A report that was read is written with other frames: on the parsed object,
 * not from the struct, so that what this locktrace does not know goes through.
 */
#include <errno.h>
#include <string.h>

#include "json_read.h"
#include "json_read_private.h"
#include "../utf8.h"

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* The frame as it was, with names as they are now. */
static json_t *new_frame(const json_t *old, const struct fact_frame *f)
{
	struct json_get g = {0};
	struct fact_frame before;
	json_t *frame, *whole;

	if (!old)
		return json_frame(f);
	json_get_frame(&g, old, &before);
	if (same_text(before.symbol, f->symbol) && same_text(before.file, f->file))
		return json_incref((json_t *)old);
	frame = json_frame(f);
	whole = json_copy((json_t *)old);
	if (!frame || !whole || json_object_update_existing(whole, frame)) {
		json_decref(whole);
		whole = NULL;
	}
	json_decref(frame);
	return whole;
}

/* None is taken away; what is new are functions that were inlined, before a frame that is not. */
static json_t *new_frames(const json_t *old, const struct report_stack *s)
{
	json_t *frames = json_array();
	size_t at = 0;

	for (size_t i = 0; i < s->n_frames; i++) {
		const json_t *was = json_array_get(old, at);

		if (s->frames[i].inlined && !json_is_true(json_object_get(was, "inlined")))
			was = NULL;
		else
			at++;
		if (json_array_append_new(frames, new_frame(was, &s->frames[i]))) {
			json_decref(frames);
			return NULL;
		}
	}
	return frames;
}

static json_t *new_stacks(const json_t *old, const struct report *r)
{
	json_t *stacks = json_array();

	for (size_t i = 0; i < r->n_stacks; i++) {
		const json_t *before = json_array_get(old, i);
		json_t *stack = json_copy((json_t *)before);
		json_t *frames = new_frames(json_object_get(before, "frames"), &r->stacks[i]);

		if (json_object_set_new(stack, "frames", frames) ||
		    json_array_append(stacks, stack)) {
			json_decref(stack);
			json_decref(stacks);
			return NULL;
		}
		json_decref(stack);
	}
	return stacks;
}

/* The words for where a holder took it are the only thing that names change. */
static json_t *new_holder(const json_t *old, const struct report_holder *h)
{
	const char *before = json_string_value(json_object_get(old, "taken_at"));
	json_t *holder;

	if (!h->fact.taken_at || (before && strcmp(before, h->fact.taken_at) == 0))
		return json_incref((json_t *)old);
	holder = json_copy((json_t *)old);
	if (json_object_set_new(holder, "taken_at", utf8_json(h->fact.taken_at))) {
		json_decref(holder);
		return NULL;
	}
	return holder;
}

static json_t *new_resource(const json_t *old, const struct report_resource *r)
{
	const json_t *before = json_object_get(old, "holders");
	json_t *resource = json_copy((json_t *)old), *holders = json_array();

	for (size_t i = 0; i < r->n_holders; i++)
		json_array_append_new(holders,
				      new_holder(json_array_get(before, i), &r->holders[i]));
	if (json_array_size(holders) != r->n_holders) {
		json_decref(holders);
		holders = NULL;
	}
	if (json_object_set_new(resource, "holders", holders)) {
		json_decref(resource);
		return NULL;
	}
	return resource;
}

static json_t *new_resources(const json_t *old, const struct report *r)
{
	json_t *resources = json_array();

	for (size_t i = 0; i < r->n_resources; i++)
		json_array_append_new(resources,
				      new_resource(json_array_get(old, i), &r->resources[i]));
	if (json_array_size(resources) == r->n_resources)
		return resources;
	json_decref(resources);
	return NULL;
}

int json_read_write(const struct json_read *j, const struct report *r, FILE *out)
{
	json_t *whole = json_copy(j->whole);
	int err = -ENOMEM;

	if (!r) {
		json_decref(whole);
		return json_line(j->whole, out);
	}
	if (!json_object_set_new(whole, "resources",
				 new_resources(json_object_get(j->whole, "resources"), r)) &&
	    !json_object_set_new(whole, "stacks",
				 new_stacks(json_object_get(j->whole, "stacks"), r)))
		err = json_line(whole, out);
	json_decref(whole);
	return err;
}
