// SPDX-License-Identifier: GPL-2.0
#include "codec.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../core/words.h"
#include "../report/utf8.h"

/* Where in a line we are, and what is to be said if it ends here. */
struct decoding {
	const char *fact; /* its word */
	void **ret_memory;
	char *text;
	size_t size;
};

static int decode_fields(struct decoding *d, json_t *object, const struct field *fields,
			 void *base);

static bool is_i32(const json_t *v)
{
	return json_is_integer(v) && json_integer_value(v) >= INT32_MIN &&
	       json_integer_value(v) <= INT32_MAX;
}

static int decode_ref(const json_t *v, struct thread_ref *ret)
{
	const json_t *pid = json_array_get(v, 0), *tid = json_array_get(v, 1),
		     *start = json_array_get(v, 2);

	if (json_array_size(v) != 3 || !is_i32(pid) || !is_i32(tid) || !json_is_integer(start))
		return -EBADMSG;
	*ret = (struct thread_ref){(int32_t)json_integer_value(pid),
				   (int32_t)json_integer_value(tid),
				   (uint64_t)json_integer_value(start)};
	return 0;
}

static int decode_numbers(struct decoding *d, json_t *v, struct fact_resource *ret)
{
	size_t n = 0;
	const char *name;
	json_t *value;

	if (!json_is_object(v))
		return -EBADMSG;
	struct fact_number *state = calloc(json_object_size(v) + 1, sizeof(*state));

	if (!state)
		return -ENOMEM;
	*d->ret_memory = state;
	json_object_foreach(v, name, value)
	{
		if (!json_is_integer(value))
			return -EBADMSG;
		state[n++] = (struct fact_number){name, json_integer_value(value)};
	}
	ret->state = state;
	ret->n_state = n;
	return 0;
}

static int decode_frames(struct decoding *d, json_t *v, struct fact_stack *ret)
{
	size_t n = json_array_size(v);

	if (!json_is_array(v))
		return -EBADMSG;
	struct fact_frame *frames = calloc(n + 1, sizeof(*frames));
	int err = frames ? 0 : -ENOMEM;

	if (err)
		return err;
	*d->ret_memory = frames;
	for (size_t i = 0; i < n && !err; i++) {
		json_t *frame = json_array_get(v, i);

		err = json_is_object(frame) ? decode_fields(d, frame, frame_fields, &frames[i])
					    : -EBADMSG;
	}
	ret->frames = frames;
	ret->n_frames = n;
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
	else if (f->type == FIELD_I32 && is_i32(v))
		*(int32_t *)at = (int32_t)i;
	else
		return -EBADMSG;
	return 0;
}

/* Bytes that are not UTF-8 take the place of their hex in the object, and live as long as it. */
static int decode_string(json_t *object, const struct field *f, const json_t *v, const char **ret)
{
	if (json_is_object(v)) {
		json_t *bytes = bytes_decode(v);

		if (!bytes || json_object_set_new_nocheck(object, f->name, bytes) != 0)
			return -EBADMSG;
		v = bytes;
	}
	if (!json_is_string(v))
		return -EBADMSG;
	*ret = json_string_value(v);
	return 0;
}

static int decode_char(const json_t *v, char *ret)
{
	const char *s = json_string_value(v);

	if (!s || strlen(s) != 1 || s[0] <= ' ' || s[0] > '~')
		return -EBADMSG;
	*ret = s[0];
	return 0;
}

static int decode_word(const struct field *f, const json_t *v, int *ret)
{
	const char *s = json_string_value(v);
	int word = s ? f->from_word(s) : 0;

	if (word == 0)
		return -EBADMSG;
	*ret = word;
	return 0;
}

static int decode_field(struct decoding *d, json_t *object, const struct field *f, json_t *v,
			void *at)
{
	switch (f->type) {
	case FIELD_STRING:
		return decode_string(object, f, v, at);
	case FIELD_CHAR:
		return decode_char(v, at);
	case FIELD_WORD:
		return decode_word(f, v, at);
	case FIELD_BOOL:
		*(bool *)at = json_is_true(v);
		return json_is_boolean(v) ? 0 : -EBADMSG;
	case FIELD_REF:
		return decode_ref(v, at);
	case FIELD_NUMBERS:
		return decode_numbers(d, v, at);
	case FIELD_FRAMES:
		return decode_frames(d, v, at);
	default:
		return decode_integer(f, v, at);
	}
}

/* Fields that this version does not know are passed over: a later one may add some. */
static int decode_fields(struct decoding *d, json_t *object, const struct field *fields, void *base)
{
	for (const struct field *f = fields; f->name; f++) {
		json_t *v = json_object_get(object, f->name);
		int err = 0;

		if (v)
			err = decode_field(d, object, f, v, (char *)base + f->offset);
		else if (f->needed)
			err = -EBADMSG;
		/* of a frame within a stack the inner field is the one to name */
		if (err == -EBADMSG && !d->text[0])
			snprintf(d->text, d->size,
				 v ? "\"%s\" of the %s fact is not as it must be"
				   : "\"%s\" of the %s fact is missing",
				 f->name, d->fact);
		if (err)
			return err;
	}
	return 0;
}

int fact_decode(json_t *json, struct fact *ret, void **ret_memory, char *text, size_t size)
{
	const char *word = json_string_value(json_object_get(json, "fact"));
	struct fact fact = {.type = word ? fact_from_word(word) : 0};
	const struct field *fields = fields_of(fact.type);
	struct decoding d = {word, ret_memory, text, size};
	char shown[40];
	int err;

	*ret_memory = NULL;
	text[0] = '\0';
	if (!fields) {
		if (word)
			snprintf(text, size, "no fact is called \"%s\"",
				 utf8_shown(word, shown, sizeof(shown)));
		else
			snprintf(text, size, "a line is not a fact");
		return -EBADMSG;
	}
	err = decode_fields(&d, json, fields, &fact);
	if (!err)
		*ret = fact;
	return err;
}
