/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FORWARD_ENTRY_FIELDS_H
#define FORWARD_ENTRY_FIELDS_H

/* What is said of a report beside its text, so that it can be found. Pure. */
#include "target.h"

#define FIELDS_MAX  24
#define MESSAGE_MAX 2048

/* The same for every report of locktrace; the catalogue has a page for it. */
#define FORWARD_MESSAGE_ID "0f7f45a1c4a94d6c8be8bd1a52ab6d67"

struct entry_field {
	const char *journal; /* "LOCKTRACE_RULE" */
	const char *otlp;    /* "locktrace.rule" */
	const char *text;    /* NULL: a number */
	uint64_t number;
};

struct entry_fields {
	struct entry_field list[FIELDS_MAX];
	size_t n;
	char message[MESSAGE_MAX]; /* one line, for people */
	int priority;		   /* as syslog's */
};

/* Texts belong to the item. */
void entry_fields_of(const struct item *it, struct entry_fields *ret);

#endif
