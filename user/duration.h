/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DURATION_H
#define DURATION_H

#include <stdint.h>

/*
 * "250ms", "2s", "1.5s", "1m", "2h", "1d"; a bare number is seconds. Returns 0
 * or -EINVAL for anything else, -ERANGE for what does not fit.
 */
int duration_parse(const char *text, uint64_t *ret_ns);

#endif
