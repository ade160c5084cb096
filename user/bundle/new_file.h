/* SPDX-License-Identifier: GPL-2.0 */
#ifndef BUNDLE_NEW_FILE_H
#define BUNDLE_NEW_FILE_H

/*
 * A file that is there whole, or not at all: it gets its name when it is on
 * disk. What is no regular file (/dev/null, a FIFO) is written as it is.
 */
#include <sys/types.h>

struct new_file {
	int fd;

	/* private */
	int dir_fd;
	char *unfinished; /* NULL: no regular file */
	char *name;
};

/* Both below return 0 or -errno. dir_fd stays the caller's, or is AT_FDCWD. */
int new_file_open(int dir_fd, const char *path, mode_t mode, struct new_file *ret);

/* Gives it its name. The directory is for the caller to sync, if there are more files. */
int new_file_finish(struct new_file *f);

/* Afterwards, and instead: then nothing has changed. */
void new_file_drop(struct new_file *f);

/* What has changed in the directory of that file is on disk. Returns 0 or -errno. */
int new_file_sync_dir(int dir_fd, const char *path);

#endif
