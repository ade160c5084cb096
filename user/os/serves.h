/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_SERVES_H
#define OS_SERVES_H

#include <stdbool.h>
#include <sys/types.h>

struct os;

/* Has a process a socket that listens? Then it may well wait for its turn to accept. */
bool serves(struct os *os, pid_t pid);

#endif
