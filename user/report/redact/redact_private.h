/* SPDX-License-Identifier: GPL-2.0 */
#ifndef REPORT_REDACT_PRIVATE_H
#define REPORT_REDACT_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

#include "redact.h"

/* What becomes of a member. */
enum redact_what {
	KEEP = 1, /* a number, true, false, or one of our own words */
	NAME,	  /* a keyed hash */
	TEXT,	  /* a sentence of ours, names in it hashed */
	TEXTS,	  /* a list of them */
	ID,	  /* 32 digits: others */
	NUMBERS,  /* an object of numbers, whose names are ours */
	ONE,	  /* an object, or null */
	EACH,	  /* a list of objects */
	FRAMES,	  /* ... of a stack */
	NOTHING,  /* null */
};

struct redact_rule {
	const char *name;
	enum redact_what what;
	const struct redact_rule *in;
};

/* Each ended by one without a name. */
extern const struct redact_rule redact_report_rules[], redact_host_rules[];

/* The names of one report, wherever they are in it: a text may have them, too. */
struct redact_names {
	const uint8_t *key;
	const char **names; /* longest first; they belong to the report */
	size_t n, cap;
};

/* Is it one of our own words? */
bool redact_is_word(const char *text, size_t n);

/* Both return a new string, or NULL without memory. */
json_t *redact_name(const struct redact_names *r, const char *name);
json_t *redact_text(const struct redact_names *r, const char *text);

#endif
