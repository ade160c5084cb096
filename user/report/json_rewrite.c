// SPDX-License-Identifier: GPL-2.0
/*
 * A report that was read is written with other frames: on the parsed object,
 * not from the struct, so that what this locktrace does not know goes through.
 */
#include <errno.h>
#include <string.h>

#include "json_read.h"
#include "json_read_private.h"
#include "utf8.h"

/* The frame as it was, with the members that are known set anew. */
static json_t *new_frame(const json_t *old, const struct fact_frame *f)
{
	json_t *frame = json_frame(f), *whole = old ? json_copy((json_t *)old) : NULL;

	if (!old)
		return frame;
	if (!frame || !whole || json_object_update(whole, frame)) {
		json_decref(whole);
		whole = NULL;
	}
	json_decref(frame);
	return whole;
}

static json_t *new_frames(const json_t *old, const struct report_stack *s)
{
	bool same = json_array_size(old) == s->n_frames;
	json_t *frames = json_array();

	for (size_t i = 0; i < s->n_frames; i++) {
		if (json_array_append_new(frames, new_frame(same ? json_array_get(old, i) : NULL,
							    &s->frames[i]))) {
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
