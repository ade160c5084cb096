/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_TERMINAL_H
#define OS_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../seen.h"

struct os;

#define TERMINAL_NAME 64

/*
 * Does the thread wait for input at a terminal, and for nothing else? Then a
 * person, or nobody, ends it. The name is the terminal's, "/dev/pts/3".
 */
bool terminal_awaited(struct os *os, const struct seen *s, int32_t call, char name[TERMINAL_NAME]);

/* By the name of a device. Those of pseudoterminal masters are none: a program reads these. */
bool terminal_is_name(const char *path);

#endif
