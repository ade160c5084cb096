/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FORWARD_CURSOR_STORE_H
#define FORWARD_CURSOR_STORE_H

/* A cursor on disk, DIR/TARGET.cursor: as it was or as it is now, never half of it. */
#include "cursor.h"

struct cursor_store {
	int dir_fd;
	char name[64];
	int lock_fd; /* nobody else has it */
};

/*
 * Makes the directory if there is none, takes the lock and reads the cursor; one
 * that is damaged is put aside as TARGET.cursor.broken, and an empty one taken:
 * then everything is sent again. Returns 0, -EWOULDBLOCK (somebody else has it) or
 * -errno, after a message.
 */
int cursor_store_open(const char *dir, const char *target, struct cursor_store *s,
		      struct cursor *ret);

/* On disk when it returns 0; otherwise -errno, and the one before is still there. */
int cursor_store_save(struct cursor_store *s, const struct cursor *c);

void cursor_store_close(struct cursor_store *s);

#endif
