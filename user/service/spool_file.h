/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SERVICE_SPOOL_FILE_H
#define SERVICE_SPOOL_FILE_H

/* A file of a spool, read as it was before it was packed (docs/spool.md). */
#include <stddef.h>

/*
 * By its name in the directory, whose suffix says how it is packed. Sets *ret,
 * of *ret_size bytes and a NUL, to be freed. Returns 0, -ENOENT if it has gone
 * (it may at any time), -EBADMSG if it is damaged, -EFBIG if it is larger than
 * any report, -ENOTSUP if it is .zst and this program has no zstd, or -errno.
 */
int spool_file_read(int dir_fd, const char *name, char **ret, size_t *ret_size);

/* The same, but as it is in the file. */
int spool_read_whole(int dir_fd, const char *name, char **ret, size_t *ret_size);

#endif
