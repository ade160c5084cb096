/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_POLLED_H
#define OS_POLLED_H

#include "../seen.h"

struct os;

/*
 * Whoever calls poll() or select() for one descriptor to become readable, and
 * for nothing else, reads from it, with a time limit: client libraries wait for
 * an answer so. An event loop has more to wait for. Returns that descriptor,
 * -ENOENT if the thread does something else, or -errno.
 */
int polled_fd(struct os *os, const struct seen *s);

/* The same thread as if it slept in read() on that descriptor. */
struct seen polled_as_read(const struct seen *s, int fd);

#endif
