/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_BOOT_H
#define OS_BOOT_H

#include <stddef.h>

/* A name of this boot of the machine, another one after each. Returns 0 or -errno. */
int boot_id(char *ret, size_t size);

#endif
