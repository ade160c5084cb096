/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_WAIT_TABLE_H
#define OS_WAIT_TABLE_H

/*
 * The table of wait sites: what a futex wait is, by the functions on the
 * waiter's stack. Plain text (user/wait_sites.txt says how): the one that comes
 * with us is in the program, and read from its file instead where it is
 * installed; users add files of their own, whose lines come first.
 *
 * Patterns are ours or the administrator's, names are anybody's: matching takes
 * time in proportion to both lengths, whatever is in them.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum wait_use {
	USE_LOCK, /* until somebody releases it */
	USE_PARK, /* until something happens */
	USE_POOL, /* until there is work */
	USE_VIA,  /* whoever calls it tells; parked, if nobody does */
	_USE_MAX,
};

struct wait_site {
	char *function; /* pattern; "*": any function ... */
	char *module;	/* ... of this library (never of a program). "*": of any */
	char *library;
	char *what;
	enum wait_use use;
	bool users; /* from a file of the user's */
};

struct wait_table;

/*
 * shipped is a file that may be missing, then the embedded one is it; users is
 * a directory that may be missing, or one file. What is wrong is left out.
 * Returns 0 or -ENOMEM.
 */
int wait_table_new(const char *shipped, const char *users, struct wait_table **ret);
void wait_table_free(struct wait_table *t);

/*
 * What there is to say of the files, in order: "FILE: 12 lines", or what is
 * wrong: "FILE:3: it is too long". Returns false past the last.
 */
struct wait_table_news {
	char *text;
	bool wrong;
};
bool wait_table_news(const struct wait_table *t, size_t i, struct wait_table_news *ret);

/* Where they are on a real system. */
extern const char wait_table_shipped[], wait_table_users[];

/* The row for one frame among the user's or among ours, or NULL. Names may be NULL. */
const struct wait_site *wait_table_find(const struct wait_table *t, bool users,
					const char *function, const char *module);

/* Has a user named a lock? Only then is it looked for in every wait. */
bool wait_table_has_locks(const struct wait_table *t);

/*
 * What was found for one wait, so that it is looked for but once while it lasts:
 * a slot that may be another wait's.
 */
struct wait_slot {
	uint64_t start, nvcsw, sp;
	int32_t tid; /* 0: unused */
	const struct wait_site *site;
};
struct wait_slot *wait_table_slot(struct wait_table *t, int32_t tid);

/* * is any text, ? any character. */
bool wait_table_matches(const char *pattern, const char *text);

/*
 * One line. Returns 1 and fills *ret, whose texts are then within line, 0 if
 * there is nothing in it, or -EINVAL and why not.
 */
int wait_table_parse(char *line, struct wait_site *ret, const char **ret_why);

#endif
