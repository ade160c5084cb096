/* SPDX-License-Identifier: GPL-2.0 */
#ifndef RIGHTS_H
#define RIGHTS_H

#include <stdbool.h>

/* The capabilities that ways of seeing need, from linux/capability.h. */
bool rights_has(int capability);

/*
 * May we look at other users' processes at all? Returns 0, or -EPERM after one
 * line on stderr that says which capabilities are missing.
 */
int rights_check(void);

#endif
