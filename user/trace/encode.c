// SPDX-License-Identifier: GPL-2.0
#include "codec.h"

#include <errno.h>

#include "../core/words.h"

static int encode_fields(const struct field *fields, const void *base, json_t **ret);

static int encode_numbers(const struct fact_resource *r, json_t **ret)
{
	json_t *object = json_object();

	for (size_t i = 0; object && i < r->n_state; i++) {
		/* ends without memory, and for a name that is not UTF-8: ours all are */
		if (json_object_set_new(object, r->state[i].name,
					json_integer(r->state[i].value)) != 0) {
			json_decref(object);
			return -EINVAL;
		}
	}
	*ret = object;
	return object ? 0 : -ENOMEM;
}

static int encode_frames(const struct fact_stack *s, json_t **ret)
{
	json_t *array = json_array();
	int err = array ? 0 : -ENOMEM;

	for (size_t i = 0; i < s->n_frames && !err; i++) {
		json_t *frame;

		err = encode_fields(frame_fields, &s->frames[i], &frame);
		if (!err && json_array_append_new(array, frame) != 0)
			err = -ENOMEM;
	}
	if (err) {
		json_decref(array);
		return err;
	}
	*ret = array;
	return 0;
}

/* Is there nothing to say about a field that may be left out? */
static bool is_absent(const struct field *f, const char *at)
{
	switch (f->type) {
	case FIELD_STRING:
		return !*(const char *const *)at;
	case FIELD_I32:
	case FIELD_U32:
		return *(const uint32_t *)at == 0;
	case FIELD_U64:
		return *(const uint64_t *)at == 0;
	case FIELD_BOOL:
		return !*(const bool *)at;
	case FIELD_NUMBERS:
		return ((const struct fact_resource *)at)->n_state == 0;
	case FIELD_FRAMES:
		return ((const struct fact_stack *)at)->n_frames == 0;
	case FIELD_WORD:
		return !f->needed && *(const int *)at == 0;
	case FIELD_CHAR:
	case FIELD_REF:
		return false;
	}
	return false;
}

/* A string of one character of ASCII, as the states of threads are. */
static int encode_char(char c, json_t **ret)
{
	if (c <= 0 || c > 0x7e)
		return -EINVAL;
	*ret = json_stringn(&c, 1);
	return *ret ? 0 : -ENOMEM;
}

/* An enum without a word and a string that is not there make a fact that no one could read. */
static int encode_text(const char *text, json_t **ret)
{
	if (!text)
		return -EINVAL;
	*ret = bytes_encode(text);
	return *ret ? 0 : -ENOMEM;
}

static int encode_field(const struct field *f, const char *at, json_t **ret)
{
	switch (f->type) {
	case FIELD_STRING:
		return encode_text(*(const char *const *)at, ret);
	case FIELD_WORD:
		return encode_text(f->word(*(const int *)at), ret);
	case FIELD_CHAR:
		return encode_char(*at, ret);
	case FIELD_NUMBERS:
		return encode_numbers((const struct fact_resource *)at, ret);
	case FIELD_FRAMES:
		return encode_frames((const struct fact_stack *)at, ret);
	case FIELD_I32:
		*ret = json_integer(*(const int32_t *)at);
		break;
	case FIELD_U32:
		*ret = json_integer(*(const uint32_t *)at);
		break;
	case FIELD_U64: /* past 2^63 as a negative number; read back the same way */
		*ret = json_integer((json_int_t) * (const uint64_t *)at);
		break;
	case FIELD_BOOL:
		*ret = json_boolean(*(const bool *)at);
		break;
	case FIELD_REF: {
		const struct thread_ref *ref = (const struct thread_ref *)at;

		*ret = json_pack("[i, i, I]", ref->pid, ref->tid, (json_int_t)ref->start);
		break;
	}
	}
	return *ret ? 0 : -ENOMEM;
}

static int encode_into(json_t *object, const struct field *fields, const void *base)
{
	for (const struct field *f = fields; f->name; f++) {
		const char *at = (const char *)base + f->offset;
		json_t *value = NULL;
		int err;

		if (!f->needed && is_absent(f, at))
			continue;
		err = encode_field(f, at, &value);
		if (!err && json_object_set_new(object, f->name, value) != 0)
			err = -ENOMEM;
		if (err)
			return err;
	}
	return 0;
}

static int encode_fields(const struct field *fields, const void *base, json_t **ret)
{
	json_t *object = json_object();
	int err = object ? encode_into(object, fields, base) : -ENOMEM;

	if (err) {
		json_decref(object);
		return err;
	}
	*ret = object;
	return 0;
}

int fact_encode(const struct fact *fact, json_t **ret)
{
	const struct field *fields = fields_of(fact->type);
	json_t *line;
	int err;

	if (!fields)
		return -EINVAL;
	line = json_pack("{s:s}", "fact", word_fact(fact->type));
	err = line ? encode_into(line, fields, fact) : -ENOMEM;
	if (err) {
		json_decref(line);
		return err;
	}
	*ret = line;
	return 0;
}
