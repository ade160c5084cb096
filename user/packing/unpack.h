/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PACKING_UNPACK_H
#define PACKING_UNPACK_H

/*
 * A file as it was before it was packed, from its beginning to its end: by gzip,
 * by zstd if that is built in, or not at all. What it is tell its first bytes,
 * for a pipe has no name.
 */
#include <stddef.h>
#include <sys/types.h>

#include "pack.h"

struct unpack;

/* Takes fd over, also when it fails. Returns 0 or -errno. */
int unpack_open(int fd, struct unpack **ret);

/* What is in memory, and stays there; it must be packed like that, else -EILSEQ. */
int unpack_open_memory(const void *data, size_t size, enum packing by, struct unpack **ret);
void unpack_close(struct unpack *u); /* NULL is fine */

/*
 * As read(2) with -errno; also -EPIPE: it ends in the middle of what is packed;
 * -EILSEQ: that is damaged; -ENOTSUP: zstd, and that was not built in.
 */
ssize_t unpack_read(void *u, char *buf, size_t size);

/*
 * What comes next, without taking it, size bytes if there are so many
 * (UNPACK_PEEK at most). Returns how many, or as above if there are none.
 */
#define UNPACK_PEEK 512
ssize_t unpack_peek(struct unpack *u, const char **ret, size_t size);

/* The words for such an error. */
const char *unpack_fault(int err);

#endif
