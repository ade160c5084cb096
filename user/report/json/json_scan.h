/* SPDX-License-Identifier: GPL-2.0 */
#ifndef REPORT_JSON_SCAN_H
#define REPORT_JSON_SCAN_H

/*
 * A few members of one JSON object, without building the rest of it: for files
 * of a million reports. All of the object is checked as strictly as if it were
 * parsed; what is not wanted is passed over.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_SCAN_DEPTH 64

enum json_scan_type {
	JSON_SCAN_MISSING,
	JSON_SCAN_TEXT,
	JSON_SCAN_NUMBER,
	JSON_SCAN_OTHER, /* null, true, false, an object, an array */
};

struct json_member {
	const char *in; /* the object of the top level that it is in; NULL: the top level itself */
	const char *name;

	/* filled in */
	enum json_scan_type type;
	const char *at; /* as it is in the text, without quotation marks */
	size_t size;
};

/*
 * Looks for the wanted members in the object that text begins with. Returns 1
 * and sets *ret_size to where the object ends; 0 if the text ends before it
 * does; or -EBADMSG, with a few words in *ret_why.
 */
int json_scan(const char *text, size_t size, struct json_member *wanted, size_t n_wanted,
	      size_t *ret_size, const char **ret_why);

/*
 * A text as UTF-8, always terminated; of one that is too long, the beginning.
 * Returns false, and "", if it is no text.
 */
bool json_member_text(const struct json_member *m, char *buf, size_t size);

/* A whole number from 0 to max, or false. */
bool json_member_number(const struct json_member *m, uint64_t max, uint64_t *ret);

#endif
