/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_STOPPED_H
#define OS_STOPPED_H

/* Who or what has stopped a thread. */
#include <stdbool.h>
#include <stddef.h>

#include "../seen.h"

struct os;

/* Of a thread in state T or t: "stopped by SIGTSTP", "stopped, traced by 5 gdb". */
void stopped_words(const struct os *os, const struct seen *s, char *buf, size_t size);

/* Is it frozen by its control group? "stopped, frozen by its cgroup /a/b". */
bool frozen_words(const struct os *os, const struct seen *s, char *buf, size_t size);

#endif
