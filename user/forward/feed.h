/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FORWARD_FEED_H
#define FORWARD_FEED_H

/* What is in the spool that a cursor says is still to be sent. */
#include "../service/spool_dir.h"
#include "cursor.h"
#include "redacted.h"
#include "target.h"

struct feed_item {
	struct item item;
	size_t entry;	/* of the cursor */
	uint64_t state; /* of the file when it was read, or older */
	struct json_read *read;
	struct redacted *redacted; /* what item is, if names are left out */
};

struct feed {
	const char *dir;
	struct cursor *cursor;
	const uint8_t *redact_key; /* to leave names out; NULL: not */
	uint64_t after; /* begin with the first number above it, if there is one to be sent */

	/* private */
	int dir_fd;		/* of the last look; -1: none */
	struct spool_list list; /* as the cursor's entries, one for one */
};

struct batch {
	struct feed_item *items;
	struct item *out; /* the same, as a target takes them */
	size_t n, cap, bytes;
};

/* Looks what is there. Returns 0 or -errno; then the cursor is as it was. */
int feed_look(struct feed *f);

/*
 * The oldest that are to be sent, from what feed_look() saw: max_n and max_bytes at
 * most, but one at least if there is any. What cannot ever be read is counted in the
 * cursor, and said. Returns 0, or -errno: of reports that could not be read now, and
 * were passed over.
 */
int feed_take(struct feed *f, size_t max_n, size_t max_bytes, struct batch *ret);

void batch_free(struct batch *b);

void feed_close(struct feed *f);

#endif
