// SPDX-License-Identifier: GPL-2.0
#include "codec.h"

#include <string.h>

#include "../core/words.h"
#include "../report/utf8.h"

static json_t *encode_ref(const struct thread_ref *ref)
{
	return json_pack("[i, i, I]", ref->pid, ref->tid, (json_int_t)ref->start);
}

static json_t *encode_fields(const struct field *fields, const void *base);

static json_t *encode_numbers(const struct fact_resource *r)
{
	json_t *object = r->n_state ? json_object() : NULL;

	for (size_t i = 0; object && i < r->n_state; i++)
		json_object_set_new(object, r->state[i].name, json_integer(r->state[i].value));
	return object;
}

static json_t *encode_frames(const struct fact_stack *s)
{
	json_t *array = s->n_frames ? json_array() : NULL;

	for (size_t i = 0; array && i < s->n_frames; i++)
		json_array_append_new(array, encode_fields(frame_fields, &s->frames[i]));
	return array;
}

static json_t *encode_unsigned(uint64_t v, bool needed)
{
	return v || needed ? json_integer((json_int_t)v) : NULL;
}

/* NULL: there is nothing to say. */
static json_t *encode_field(const struct field *f, const void *base)
{
	const char *at = (const char *)base + f->offset;

	switch (f->type) {
	case FIELD_STRING:
		return *(const char *const *)at ? utf8_json(*(const char *const *)at) : NULL;
	case FIELD_I32:
		return *(const int32_t *)at || f->needed ? json_integer(*(const int32_t *)at)
							 : NULL;
	case FIELD_U32:
		return encode_unsigned(*(const uint32_t *)at, f->needed);
	case FIELD_U64:
		return encode_unsigned(*(const uint64_t *)at, f->needed);
	case FIELD_BOOL:
		return *(const bool *)at ? json_true() : NULL;
	case FIELD_CHAR:
		return json_stringn(at, 1);
	case FIELD_WORD:
		return json_string(f->word(*(const int *)at));
	case FIELD_REF:
		return encode_ref((const struct thread_ref *)at);
	case FIELD_NUMBERS:
		return encode_numbers(&((const struct fact *)base)->resource);
	case FIELD_FRAMES:
		return encode_frames(&((const struct fact *)base)->stack);
	}
	return NULL;
}

static json_t *encode_fields(const struct field *fields, const void *base)
{
	json_t *object = json_object();

	for (const struct field *f = fields; object && f->name; f++) {
		json_t *value = encode_field(f, base);

		if (value)
			json_object_set_new(object, f->name, value);
	}
	return object;
}

json_t *fact_encode(const struct fact *fact)
{
	const struct field *fields = fields_of(fact->type);
	json_t *object = fields ? encode_fields(fields, fact) : NULL;
	json_t *line = object ? json_object() : NULL;

	if (!line) {
		json_decref(object);
		return NULL;
	}
	json_object_set_new(line, "fact", json_string(word_fact(fact->type)));
	json_object_update(line, object);
	json_decref(object);
	return line;
}
