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

#include "../parser/question.h"
#include "../seen.h"

struct os;
struct sites;

int sites_new(struct sites **ret);
void sites_free(struct sites *s);

/*
 * The innermost exported function that covers a return address of the wait
 * (within its size), and the base name of its module. Looks a few frames far.
 * Remembered for a moment by the return addresses that it follows from, so that
 * a thousand waiters cost one question. Returns 0, or -ENOENT if none is found
 * (the rest of *ret is set even so), or -errno.
 */
int site_look(struct sites *s, struct os *os, const struct seen *seen, struct site *ret);

/*
 * Not a walk: the exported functions of the pc's own module that return
 * addresses near the top of the stack lie in, innermost first, each once. For
 * a module without unwind tables. What earlier calls left on the stack is among
 * them, and what really is being called too. Returns how many, or -errno.
 */
int site_scan(struct os *os, const struct seen *seen, char functions[SITE_SCAN][SITE_NAME]);

#endif
