/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_DOING_H
#define OS_DOING_H

#include <stddef.h>

#include "../seen.h"

struct os;

#define DOING_MAX 256

/*
 * What a thread does, for the rules and in words: "sleeping in nanosleep",
 * "reading from pipe:[123]", "stopped by SIGSTOP". Sets both, returns 0.
 */
int doing_describe(struct os *os, const struct seen *s, enum activity *ret, char *buf, size_t size);

/* Only the first of these, for who asks it of many threads: names take reading. */
enum activity doing_activity(struct os *os, const struct seen *s);

#endif
