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
	FIELD_STRING = 1, /* const char *: string; left out if NULL */
	FIELD_I32,
	FIELD_U32,
	FIELD_U64,
	FIELD_BOOL,    /* left out if false */
	FIELD_CHAR,    /* a string of one character */
	FIELD_WORD,    /* an enum, by its word */
	FIELD_REF,     /* struct thread_ref: [pid, tid, start] */
	FIELD_NUMBERS, /* the state of a resource: an object */
	FIELD_FRAMES,  /* the frames of a stack: an array of objects */
};

struct field {
	const char *name;
	enum field_type type;
	size_t offset; /* in struct fact or struct fact_frame */
	bool needed;   /* a fact without it is damaged (zero values are left out otherwise) */
	const char *(*word)(int value);
	int (*from_word)(const char *word);
};

/* The fields of a type of fact, ended by a NULL name; NULL for an unknown type. */
const struct field *fields_of(enum fact_type type);
extern const struct field frame_fields[];

/* A new reference, or NULL without memory. */
json_t *fact_encode(const struct fact *fact);

/*
 * Strings in *ret point into json, arrays are in *ret_memory (free() it, also
 * after an error). Returns 0, -ENOMEM, or -EBADMSG with what is wrong in text.
 */
int fact_decode(const json_t *json, struct fact *ret, void **ret_memory, char *text, size_t size);

#endif
