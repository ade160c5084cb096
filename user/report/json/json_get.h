/* SPDX-License-Identifier: GPL-2.0 */
#ifndef REPORT_JSON_GET_H
#define REPORT_JSON_GET_H

/*
 * Members of a JSON object that somebody else wrote. The first that is missing
 * or of another kind than asked for is remembered, with its name; all further
 * calls then give nothing, so that a reader asks on and looks once at the end.
 */
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct json_get {
	int err;	  /* of the first fault: -EBADMSG or -ENOMEM */
	const char *what; /* "threads", "stacks": in which part */
	size_t index;	  /* of the part, from 1; 0: no index */
	char why[160];
};

/* JSON_LATER: added after the first version, so reports of old do not have it; or null. */
enum json_need { JSON_MAY_BE_NULL, JSON_NEEDED, JSON_LATER };

/* The fault, if it is the first. */
void json_get_fault(struct json_get *g, const char *name, const char *fault);

/* Strings belong to the object. */
const char *json_get_text(struct json_get *g, const json_t *o, const char *name,
			  enum json_need need);
/* A string of letters, digits and "-" alone, shorter than size. */
const char *json_get_name(struct json_get *g, const json_t *o, const char *name, size_t size);
uint64_t json_get_number(struct json_get *g, const json_t *o, const char *name, uint64_t max,
			 enum json_need need);
bool json_get_bool(struct json_get *g, const json_t *o, const char *name);
/* Of reports before the member was there: false. */
bool json_get_later_bool(struct json_get *g, const json_t *o, const char *name);
const json_t *json_get_list(struct json_get *g, const json_t *o, const char *name);
const json_t *json_get_object(struct json_get *g, const json_t *o, const char *name,
			      enum json_need need);
/* A value of an enum by its word; from gives 0 for what is none. */
int json_get_word(struct json_get *g, const json_t *o, const char *name,
		  int (*from)(const char *word));
/* "t12" is 11; SIZE_MAX for null. Must be less than n. */
size_t json_get_index(struct json_get *g, const json_t *o, const char *name, char letter, size_t n,
		      enum json_need need);
/* RFC 3339 as json.c writes it, in nanoseconds since the epoch; 0 for null. */
uint64_t json_get_moment(struct json_get *g, const json_t *o, const char *name);

#endif
