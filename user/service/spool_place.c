// SPDX-License-Identifier: GPL-2.0
#include "spool_place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spool_dir.h"

#define WRITE_MAX 65536

/* What was set aside because it is damaged is called so. */
#define DAMAGED ".damaged"

int spool_step(const struct spool_writer *w, enum spool_step which)
{
	return w->c->step ? w->c->step(w->c->ctx, which) : 0;
}

/* ---- The directory ---- */

/* Its group may read: files get the group of the directory. */
static int make_dir(const char *path)
{
	char part[PATH_MAX];
	size_t n = strlen(path);

	if (n >= sizeof(part))
		return -ENAMETOOLONG;
	memcpy(part, path, n + 1);
	for (char *slash = part + 1; *slash; slash++) {
		if (*slash != '/')
			continue;
		*slash = '\0';
		if (mkdir(part, 0755) != 0 && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	if (mkdir(part, 0750) != 0)
		return errno == EEXIST ? 0 : -errno;
	/* may be refused (RestrictSUIDSGID=): then files get our own group */
	chmod(part, 02750);
	return 0;
}

/* Two writers would take each other's unfinished files away, and both make room. */
int spool_open_dir(struct spool_writer *w)
{
	int err = w->dir_fd >= 0 ? 0 : spool_step(w, STEP_OPEN_DIR), fd;

	if (w->dir_fd >= 0 || err)
		return err;
	fd = open(w->c->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) {
		err = make_dir(w->c->dir);
		if (err)
			return err;
		fd = open(w->c->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		err = -errno;
		close(fd);
		return err;
	}
	spool_remove_unfinished(fd);
	w->dir_fd = fd;
	return 0;
}

/* ---- One file ---- */

static int write_whole(const struct spool_writer *w, int fd, const char *text, size_t size)
{
	for (size_t at = 0; at < size;) {
		size_t n = size - at < WRITE_MAX ? size - at : WRITE_MAX;
		int err = spool_step(w, STEP_WRITE);
		ssize_t wrote = err ? 0 : write(fd, text + at, n);

		if (err)
			return err;
		if (wrote < 0 && errno != EINTR)
			return -errno;
		at += wrote > 0 ? (size_t)wrote : 0;
	}
	return 0;
}

/* On disk, whole, before it gets its name. */
static int fill(const struct spool_writer *w, int fd, const char *text, size_t size)
{
	int err = write_whole(w, fd, text, size);

	if (!err)
		err = spool_step(w, STEP_MODE);
	if (!err && fchmod(fd, 0640) != 0) /* whatever the umask is */
		err = -errno;
	if (!err)
		err = spool_step(w, STEP_SYNC);
	if (!err && fsync(fd) != 0)
		err = -errno;
	if (!err)
		err = spool_step(w, STEP_CLOSE);
	if (close(fd) != 0 && !err)
		err = -errno;
	return err;
}

int spool_replace(const struct spool_writer *w, const char *name, const char *text, size_t size)
{
	char unfinished[SPOOL_NAME_MAX + 8];
	int err = spool_step(w, STEP_CREATE), fd;

	if (err)
		return err;
	snprintf(unfinished, sizeof(unfinished), ".%s.tmp", name);
	unlinkat(w->dir_fd, unfinished, 0);
	fd = openat(w->dir_fd, unfinished, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    0640);
	if (fd < 0)
		return -errno;
	err = fill(w, fd, text, size);
	if (!err)
		err = spool_step(w, STEP_RENAME);
	if (!err && renameat(w->dir_fd, unfinished, w->dir_fd, name) != 0)
		err = -errno;
	if (err) {
		unlinkat(w->dir_fd, unfinished, 0);
		return err;
	}
	err = spool_step(w, STEP_SYNC_DIR);
	return err ? err : fsync(w->dir_fd) == 0 ? 0 : -errno;
}

/* ---- Files that are no reports ---- */

/* Somebody removed the directory: it is made again. */
static void forget_dir(struct spool_writer *w)
{
	close(w->dir_fd);
	w->dir_fd = -1;
}

int spool_write_state(struct spool_writer *w, const char *name, const char *text, size_t size)
{
	int err = spool_open_dir(w);

	if (!err)
		err = spool_replace(w, name, text, size);
	if (err != -ENOENT || w->dir_fd < 0)
		return err;
	forget_dir(w);
	err = spool_open_dir(w);
	return err ? err : spool_replace(w, name, text, size);
}

int spool_read_state(struct spool_writer *w, const char *name, char *text, size_t room)
{
	int err = spool_open_dir(w), fd;
	size_t have = 0;
	ssize_t n = 1;

	if (err)
		return err;
	fd = openat(w->dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	while (n > 0 && have < room) {
		n = read(fd, text + have, room - have);
		have += n > 0 ? (size_t)n : 0;
		if (n < 0 && errno == EINTR)
			n = 1;
	}
	err = n < 0 ? -errno : have == room ? -EFBIG : (int)have;
	close(fd);
	return err;
}

int spool_set_aside(struct spool_writer *w, const char *name)
{
	char aside[SPOOL_NAME_MAX];
	int err = spool_open_dir(w);

	if (err)
		return err;
	snprintf(aside, sizeof(aside), "%.64s" DAMAGED, name);
	return renameat(w->dir_fd, name, w->dir_fd, aside) == 0 ? 0 : -errno;
}
