/* SPDX-License-Identifier: GPL-2.0 */
#ifndef BUNDLE_TAR_H
#define BUNDLE_TAR_H

/*
 * The part of tar (POSIX ustar) that bundles are made of: regular files, one
 * after the other. Read is what anybody may have written, so nothing is taken
 * on trust, and nothing is done with a name here.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define TAR_BLOCK    512
#define TAR_NAME_MAX 257 /* 155 of a prefix, a slash, 100, and a zero byte */

struct pack;

/* A whole file, mode 0640, of nobody in particular. Returns 0 or -errno; -ENAMETOOLONG. */
int tar_put(struct pack *to, const char *dir, const char *name, const void *data, size_t size,
	    uint64_t mtime_s);
/* The same, of size bytes that are read from fd; -EIO if there are fewer. */
int tar_put_fd(struct pack *to, const char *dir, const char *name, int fd, uint64_t size,
	       uint64_t mtime_s);
int tar_put_end(struct pack *to);

struct tar {
	ssize_t (*read)(void *from, char *buf, size_t size); /* 0: the end; or -errno */
	void *from;
	uint64_t max; /* bytes of all of it; 0: no limit */

	/* of the entry that tar_next() found */
	char name[TAR_NAME_MAX];
	uint64_t size;
	bool is_file; /* a regular one */

	/* private */
	uint64_t left, padding, total;
};

/* Does an archive begin so? */
bool tar_is(const char *block, size_t size);

/*
 * Returns 1; 0 at the end; or -errno: -EPIPE: the archive ends in the middle;
 * -EBADMSG: it is damaged; -EFBIG: there is more than max of it.
 */
int tar_next(struct tar *t);

/* The bytes of the entry, as read(2), with -errno as above. */
ssize_t tar_read(void *t, char *buf, size_t size);

#endif
