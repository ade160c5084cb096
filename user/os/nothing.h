/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_NOTHING_H
#define OS_NOTHING_H

/*
 * A file to read nothing from, for a child that shall have nothing of ours: /dev/null,
 * or in a root without devices one that is empty and stays so. Returns a descriptor
 * (O_CLOEXEC), or -errno.
 */
int nothing_open(void);

#endif
