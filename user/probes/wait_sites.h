/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROBES_WAIT_SITES_H
#define PROBES_WAIT_SITES_H

/*
 * Waits of libraries and languages that have locks of their own: whose it is,
 * and what it is for, by the names of the functions on the waiter's stack. Such
 * a name only describes: no owner is ever read from a lock that is known by it.
 */
#include "../seen.h"

struct os;

enum wait_use {
	USE_LOCK, /* until somebody releases it */
	USE_PARK, /* until something happens */
	USE_POOL, /* until there is work */
};

struct wait_site {
	const char *function; /* demangled; * stands for anything. NULL: any function ... */
	const char *module;   /* ... of this library (never of a program). NULL: of any */
	const char *library;
	const char *what;
	enum wait_use use;
};

/* The row for one frame, or NULL. */
const struct wait_site *wait_site_find(const char *function, const char *module);

/*
 * "Rust std: Mutex (lock)", from the innermost frame that a row knows. Unwinds:
 * only for a thread that is being described. Returns 0 or -ENOENT.
 */
#define WAIT_SITE_NAME 96
int wait_site_name(struct os *os, const struct seen *s, char buf[WAIT_SITE_NAME]);

#endif
