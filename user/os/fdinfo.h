/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_FDINFO_H
#define OS_FDINFO_H

/*
 * /proc/PID/fdinfo/FD: what the kernel knows of an open file without asking
 * the file system, so that it never hangs.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define FDINFO_MAX 16384 /* some 250 locks; what comes after is not seen */

/* As proc_read(). */
ssize_t fdinfo_read(int proc_fd, pid_t pid, int fd, char *buf, size_t size);

/* A number of it ("ino", "pos", "eventfd-id"); false: this kernel, or this file, has none. */
bool fdinfo_number(const char *text, const char *field, uint64_t *ret);

#endif
