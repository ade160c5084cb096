/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FORWARD_REDACTED_H
#define FORWARD_REDACTED_H

/*
 * Reports without names, for targets that are not this machine. The key is of this
 * device, and stays here: equal names stay equal in all that it ever sends, and
 * nobody else can try out which they are.
 */
#include "../report/json/json_read.h"
#include "../report/redact/redact.h"

/* Made when there is none. Returns 0 or -errno, after a message. */
int redacted_key(const char *state_dir, uint8_t ret[REDACT_KEY]);

struct redacted {
	struct report
		report; /* points into read, and to the session of the one that it is made of */
	struct json_read *read;
};

/* Of r, whose text is that. Returns 0 and sets *ret, -ENOMEM, or -EBADMSG. */
int redacted_of(const uint8_t key[REDACT_KEY], const struct report *r, const char *text,
		size_t size, struct redacted **ret);
void redacted_free(struct redacted *r); /* NULL is fine */

#endif
