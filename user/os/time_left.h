/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_TIME_LEFT_H
#define OS_TIME_LEFT_H

#include <stdbool.h>
#include <stdint.h>

#include "../seen.h"

struct os;

/*
 * How long a thread still sleeps, if the call it is in has a time limit and
 * nothing wakes it before. false: it has none, or it cannot be read. A span of
 * time counts from when the thread last ran, which may be earlier than is known.
 */
bool time_left(struct os *os, const struct seen *s, int32_t call, uint64_t *ret_ns);

/* Does that call end by itself when some time is over? */
bool time_limited(struct os *os, const struct seen *s, int32_t call);

#endif
