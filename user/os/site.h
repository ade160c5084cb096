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

struct os;
struct sites;

int sites_new(struct sites **ret);
void sites_free(struct sites *s);

#define SITE_NAME 64

/*
 * The innermost exported function that covers a return address of the wait
 * (within its size), and the base name of its module. Looks a few frames far.
 * Cached by module and addresses, so that a thousand waiters cost one look.
 * Returns 0, or -ENOENT if none is found, or -errno.
 */
int site_of(struct sites *s, struct os *os, const struct seen *seen, char function[SITE_NAME],
	    char module[SITE_NAME]);

#endif
