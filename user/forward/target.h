/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FORWARD_TARGET_H
#define FORWARD_TARGET_H

/*
 * Where reports are delivered to. A target takes some at a time and says what
 * became of them; it keeps nothing, and whether it is tried again, and when, is
 * not its matter. It may block: each has a process of its own (workers.h).
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../core/report.h"
#include "settings.h"

#define ITEM_UID_MAX 48

/* One report as it is sent. */
struct item {
	const struct report *report;
	const char *json; /* the whole of it, on one line without its end */
	size_t size;
	char uid[ITEM_UID_MAX]; /* the same for the same state of the same stall */
};

enum answer_what {
	ANSWER_TAKEN,	/* it has them, for good */
	ANSWER_LATER,	/* not now; these, or any others */
	ANSWER_REFUSED, /* not these, ever; perhaps some of them */
};

struct answer {
	enum answer_what what;
	uint64_t after_ns; /* LATER: not before, if it said so */
	bool of_these;	   /* LATER: it may be one of them that it stumbles over */
	size_t rejected;   /* TAKEN: so many of them it did not keep */
	char why[256];	   /* not TAKEN, or rejected: one line */
};

struct target {
	const char *name; /* "otlp", of the cursor and in messages */
	bool (*wanted)(const struct settings *s);
	bool (*redacted)(const struct settings *s); /* is it given reports without names? */

	/*
	 * Returns NULL and sets *ret, or says why it cannot be used: options, or a library
	 * that is missing. Needs no receiver to be there.
	 */
	const char *(*open)(const struct settings *s, void **ret);
	void (*send)(void *t, const struct item *items, size_t n, struct answer *ret);
	void (*close)(void *t);
};

extern const struct target target_journal, target_otlp;

#define N_TARGETS 2
extern const struct target *const targets[N_TARGETS];

void answer_set(struct answer *a, enum answer_what what, const char *why, ...)
	__attribute__((format(printf, 3, 4)));

#endif
