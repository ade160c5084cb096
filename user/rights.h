/* SPDX-License-Identifier: GPL-2.0 */
#ifndef RIGHTS_H
#define RIGHTS_H

#include <stdbool.h>

/* The capabilities that ways of seeing need, from linux/capability.h. */
bool rights_has(int capability);

/*
 * May we look at other users' processes at all? Returns 0, or after one
 * line on stderr -EPERM, that says which capabilities are missing, or -ENOENT: no /proc.
 */
int rights_check(void);

#endif
