/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_WAIT_TABLE_PRIVATE_H
#define OS_WAIT_TABLE_PRIVATE_H

/* Between what reads the files and what is read. */
#include "wait_table.h"

#define WAIT_SLOTS 1024

struct wait_table {
	struct wait_site *rows; /* the users' first */
	size_t n, room;
	size_t n_users;
	bool locks;
	struct wait_table_news *news;
	size_t n_news, room_news;
	struct wait_slot slots[WAIT_SLOTS];
};

/* Adds a copy of a row. Returns 0 or -ENOMEM. */
int wait_table_add(struct wait_table *t, const struct wait_site *row, bool users);

/* One of the news. Returns 0 or -ENOMEM. */
__attribute__((format(printf, 3, 4))) int wait_table_say(struct wait_table *t, bool wrong,
							 const char *format, ...);

#endif
