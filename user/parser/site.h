/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_SITE_H
#define OS_SITE_H

/*
 * Which library function a thread waits in. A futex wait says nothing about
 * what it is for: the same operation and value are a mutex, a FILE lock or a
 * Rust mutex. The innermost frame with a name in the dynamic symbol table
 * tells ("pthread_mutex_lock"), and only that makes an owner exact.
 */
#include <stddef.h>

#include "../seen.h"
#include "libc_of.h"

struct os;
struct sites;

int sites_new(struct sites **ret);
void sites_free(struct sites *s);

#define SITE_NAME 64

struct site {
	char function[SITE_NAME]; /* "": none is found */
	char module[SITE_NAME];	  /* base name of the file that the pc is in, "": no file */
	enum libc libc;		  /* that this file is, or has linked in */
};

/*
 * The innermost exported function that covers a return address of the wait
 * (within its size), and the base name of its module. Looks a few frames far.
 * Cached by module and addresses, so that a thousand waiters cost one look.
 * Returns 0, or -ENOENT if none is found (the rest of *ret is set even so), or
 * -errno.
 */
int site_look(struct sites *s, struct os *os, const struct seen *seen, struct site *ret);

/* The same, when only the names matter. */
int site_of(struct sites *s, struct os *os, const struct seen *seen, char function[SITE_NAME],
	    char module[SITE_NAME]);

/*
 * Not a walk: the exported functions of the pc's own module that return
 * addresses near the top of the stack lie in, innermost first, each once. For
 * a module without unwind tables. What earlier calls left on the stack is among
 * them, and what really is being called too. Returns how many, or -errno.
 */
#define SITE_SCAN 8
int site_scan(struct os *os, const struct seen *seen, char functions[SITE_SCAN][SITE_NAME]);

#endif
