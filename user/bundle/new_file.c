// SPDX-License-Identifier: GPL-2.0
#include "new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRIES 100

static int open_special(const char *path, int dir_fd, struct new_file *ret)
{
	ret->fd = openat(dir_fd, path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	return ret->fd < 0 ? -errno : 0;
}

/* "dir/.name.N.tmp" beside "dir/name". */
static int open_beside(int dir_fd, const char *path, mode_t mode, struct new_file *ret)
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;

	if (!*base)
		return -EISDIR;
	for (int i = 0; i < TRIES; i++) {
		if (asprintf(&ret->unfinished, "%.*s.%s.%d-%d.tmp", (int)(base - path), path, base,
			     getpid(), i) < 0) {
			ret->unfinished = NULL;
			return -ENOMEM;
		}
		ret->fd = openat(dir_fd, ret->unfinished,
				 O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
		if (ret->fd >= 0)
			return 0;
		free(ret->unfinished);
		ret->unfinished = NULL;
		if (errno != EEXIST)
			return -errno;
	}
	return -EEXIST;
}

int new_file_open(int dir_fd, const char *path, mode_t mode, struct new_file *ret)
{
	struct new_file f = {.fd = -1, .dir_fd = dir_fd};
	struct stat st;
	int err;

	if (fstatat(dir_fd, path, &st, 0) == 0 && !S_ISREG(st.st_mode))
		err = open_special(path, dir_fd, &f);
	else
		err = open_beside(dir_fd, path, mode, &f);
	if (!err) {
		f.name = strdup(path);
		err = f.name ? 0 : -ENOMEM;
	}
	if (err)
		new_file_drop(&f);
	else
		*ret = f;
	return err;
}

int new_file_finish(struct new_file *f)
{
	int err = 0;

	if (f->unfinished && fsync(f->fd) != 0)
		err = -errno;
	if (close(f->fd) != 0 && !err)
		err = -errno;
	f->fd = -1;
	if (!err && f->unfinished && renameat(f->dir_fd, f->unfinished, f->dir_fd, f->name) != 0)
		err = -errno;
	if (!err) {
		free(f->unfinished);
		f->unfinished = NULL;
	}
	return err;
}

void new_file_drop(struct new_file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	if (f->unfinished)
		unlinkat(f->dir_fd, f->unfinished, 0);
	free(f->unfinished);
	free(f->name);
	*f = (struct new_file){.fd = -1};
}

int new_file_sync_dir(int dir_fd, const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	int fd = dir ? openat(dir_fd, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	int err = fd < 0 || (fsync(fd) != 0 && errno != EINVAL && errno != EROFS) ? -errno : 0;

	if (fd >= 0)
		close(fd);
	free(dir);
	return err;
}
