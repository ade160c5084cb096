/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TRACE_CODEC_H
#define TRACE_CODEC_H

/*
 * One fact as one JSON object and back. Both directions walk the same table of
 * fields (fields.c), so that they cannot disagree.
 */
#include <jansson.h>

#include "../core/facts.h"

/* What a field is in the struct and in JSON. */
enum field_type {
	FIELD_STRING =
		1, /* const char *: string, or {"hex": ...} if it is not UTF-8; left out if NULL */
	FIELD_I32,
	FIELD_U32,
	FIELD_U64,
	FIELD_BOOL,    /* left out if false */
	FIELD_CHAR,    /* a string of one character */
	FIELD_WORD,    /* an enum, by its word; left out if 0 and not needed */
	FIELD_REF,     /* struct thread_ref: [pid, tid, start] */
	FIELD_NUMBERS, /* the state of a resource: an object */
	FIELD_FRAMES,  /* the frames of a stack: an array of objects */
};

struct field {
	const char *name;
	enum field_type type;
	size_t offset; /* in struct fact or struct fact_frame; for numbers and frames of their fact
			*/
	bool needed;   /* a fact without it is damaged (zero values are left out otherwise) */
	const char *(*word)(int value);
	int (*from_word)(const char *word);
};

/* The fields of a type of fact, ended by a NULL name; NULL for an unknown type. */
const struct field *fields_of(enum fact_type type);
extern const struct field frame_fields[];

/* Sets a new reference. Returns 0, -ENOMEM, or -EINVAL if the fact lacks what it needs. */
int fact_encode(const struct fact *fact, json_t **ret);

/*
 * Strings in *ret point into json, arrays are in *ret_memory (free() it, also
 * after an error); json is changed, but says the same. Returns 0, -ENOMEM, or
 * -EBADMSG with what is wrong in text.
 */
int fact_decode(json_t *json, struct fact *ret, void **ret_memory, char *text, size_t size);

/* Any bytes as JSON, and back as a string of these very bytes; NULL without memory, or if damaged.
 */
json_t *bytes_encode(const char *s);
json_t *bytes_decode(const json_t *json);

#endif
