/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_FD_WORDS_H
#define OS_FD_WORDS_H

#include <stddef.h>
#include <sys/types.h>

struct os;

/*
 * What a descriptor of a process leads to, in words: a path, "pipe:[123]",
 * "unix socket /run/x", "TCP socket:[123]". The file itself is not touched:
 * that could hang. Returns 0 or -errno.
 */
int fd_words(struct os *os, pid_t pid, int fd, char *buf, size_t size);

#endif
