/* SPDX-License-Identifier: GPL-2.0 */
#ifndef WRITE_ALL_H
#define WRITE_ALL_H

#include <stddef.h>

/* All of it, however many write(2) that takes. Returns 0 or -errno. */
int write_all(int fd, const char *data, size_t n);

#endif
