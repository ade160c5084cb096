/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_IO_WORDS_H
#define OS_IO_WORDS_H

#include <stddef.h>
#include <stdint.h>

#include "../seen.h"

struct os;

/*
 * Who or what is behind the descriptor that a thread's call is on: "on NFS,
 * server:/export at /mnt", "on device 8:1 (sda1)", "to 10.0.0.5:5432", "whose
 * other end is 311 logger". Empty if nothing is known, or nothing of interest.
 */
void io_words(struct os *os, const struct seen *s, int fd, char *buf, size_t size);

/* The same for a request to a FUSE server, in whatever call that is. Empty: it is none. */
void io_fuse_words(struct os *os, const struct seen *s, char *buf, size_t size);

#endif
