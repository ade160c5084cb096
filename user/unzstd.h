/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UNZSTD_H
#define UNZSTD_H

/* A zstd file read as a stream, of any number of frames. */
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct unzstd;

/* Does the file begin like one? A pipe cannot be asked. */
bool unzstd_is_one(int fd);

/* Returns 0, -ENOMEM, or -ENOTSUP: built without libzstd. fd stays the caller's. */
int unzstd_new(int fd, struct unzstd **ret);
void unzstd_free(struct unzstd *u); /* NULL is fine */

/*
 * struct unzstd *. Returns bytes, 0 at the end, -EPIPE if it ends in the middle,
 * -EILSEQ if it is damaged, or -errno.
 */
ssize_t unzstd_read(void *from, char *buf, size_t size);

#endif
