// SPDX-License-Identifier: GPL-2.0
#include "codec.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../core/words.h"

static int decode_fields(const json_t *object, const struct field *fields, void *base,
			 void **ret_memory);

static int decode_ref(const json_t *v, struct thread_ref *ret)
{
	const json_t *pid = json_array_get(v, 0), *tid = json_array_get(v, 1),
		     *start = json_array_get(v, 2);

	if (!json_is_integer(pid) || !json_is_integer(tid) || !json_is_integer(start))
		return -EBADMSG;
	*ret = (struct thread_ref){(int32_t)json_integer_value(pid),
				   (int32_t)json_integer_value(tid),
				   (uint64_t)json_integer_value(start)};
	return 0;
}

static int decode_numbers(const json_t *v, struct fact_resource *r, void **ret_memory)
{
	size_t n = 0;
	const char *name;
	json_t *value;

	if (!json_is_object(v))
		return -EBADMSG;
	struct fact_number *state = calloc(json_object_size(v) + 1, sizeof(*state));

	if (!state)
		return -ENOMEM;
	*ret_memory = state;
	json_object_foreach((json_t *)v, name, value)
	{
		if (!json_is_integer(value))
			return -EBADMSG;
		state[n++] = (struct fact_number){name, json_integer_value(value)};
	}
	r->state = state;
	r->n_state = n;
	return 0;
}

static int decode_frames(const json_t *v, struct fact_stack *s, void **ret_memory)
{
	size_t n = json_array_size(v);
	void *unused = NULL;
	int err = json_is_array(v) ? 0 : -EBADMSG;
	struct fact_frame *frames = err ? NULL : calloc(n + 1, sizeof(*frames));

	if (!frames)
		return err ? err : -ENOMEM;
	*ret_memory = frames;
	for (size_t i = 0; i < n && !err; i++)
		err = decode_fields(json_array_get(v, i), frame_fields, &frames[i], &unused);
	s->frames = frames;
	s->n_frames = n;
	return err;
}

static int decode_integer(const struct field *f, const json_t *v, void *at)
{
	json_int_t i = json_integer_value(v);

	if (!json_is_integer(v))
		return -EBADMSG;
	if (f->type == FIELD_U64)
		*(uint64_t *)at = (uint64_t)i;
	else if (f->type == FIELD_U32 && i >= 0 && i <= UINT32_MAX)
		*(uint32_t *)at = (uint32_t)i;
	else if (f->type == FIELD_I32 && i >= INT32_MIN && i <= INT32_MAX)
		*(int32_t *)at = (int32_t)i;
	else
		return -EBADMSG;
	return 0;
}

static int decode_string(const struct field *f, const json_t *v, void *at)
{
	const char *s = json_string_value(v);

	if (!s)
		return -EBADMSG;
	if (f->type == FIELD_STRING) {
		*(const char **)at = s;
	} else if (f->type == FIELD_CHAR) {
		if (strlen(s) != 1)
			return -EBADMSG;
		*(char *)at = s[0];
	} else {
		int word = f->from_word(s);

		if (word == 0)
			return -EBADMSG;
		*(int *)at = word;
	}
	return 0;
}

static int decode_field(const struct field *f, const json_t *v, void *base, void **ret_memory)
{
	char *at = (char *)base + f->offset;

	switch (f->type) {
	case FIELD_STRING:
	case FIELD_CHAR:
	case FIELD_WORD:
		return decode_string(f, v, at);
	case FIELD_BOOL:
		*(bool *)at = json_is_true(v);
		return json_is_boolean(v) ? 0 : -EBADMSG;
	case FIELD_REF:
		return decode_ref(v, (struct thread_ref *)at);
	case FIELD_NUMBERS:
		return decode_numbers(v, &((struct fact *)base)->resource, ret_memory);
	case FIELD_FRAMES:
		return decode_frames(v, &((struct fact *)base)->stack, ret_memory);
	default:
		return decode_integer(f, v, at);
	}
}

/* Fields that this version does not know are passed over: a later one may add some. */
static int decode_fields(const json_t *object, const struct field *fields, void *base,
			 void **ret_memory)
{
	for (const struct field *f = fields; f->name; f++) {
		const json_t *v = json_object_get(object, f->name);
		int err = v ? decode_field(f, v, base, ret_memory) : f->needed ? -EBADMSG : 0;

		if (err)
			return err;
	}
	return 0;
}

int fact_decode(const json_t *json, struct fact *ret, void **ret_memory, char *text, size_t size)
{
	const char *word = json_string_value(json_object_get(json, "fact"));
	struct fact fact = {.type = word ? fact_from_word(word) : 0};
	const struct field *fields = fields_of(fact.type);
	int err;

	*ret_memory = NULL;
	if (!fields) {
		snprintf(text, size, "a line is not a fact");
		return -EBADMSG;
	}
	err = decode_fields(json, fields, &fact, ret_memory);
	if (err) {
		snprintf(text, size, "the %s fact is damaged", word);
		return err;
	}
	*ret = fact;
	return 0;
}
