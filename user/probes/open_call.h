/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROBES_OPEN_CALL_H
#define PROBES_OPEN_CALL_H

/* The arguments of open() and its kin. */
#include "probe.h"

bool open_call_is(const struct seen *s);
uint64_t open_call_path(const struct seen *s); /* address of the path */

/* O_RDONLY and so on; openat2() has them in memory, which may not be readable. 0 or -errno. */
int open_call_flags(struct os *os, const struct seen *s, uint64_t *ret);

/* "FIFO /run/x", or "a FIFO" if the path cannot be read. */
void open_call_name(struct os *os, const struct seen *s, const char *what, char *buf, size_t size);

#endif
