// SPDX-License-Identifier: GPL-2.0
#include "cursor_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../message.h"

/* The directory is there, or its parent is. */
static int open_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT && mkdir(dir, 0700) == 0)
		fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* The lock is a file of its own, as the cursor is replaced; it lasts as long as the process. */
static int lock(struct cursor_store *s)
{
	char name[sizeof(s->name) + 8];
	int fd;

	snprintf(name, sizeof(name), "%s.lock", s->name);
	fd = openat(s->dir_fd, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		int err = -errno;

		close(fd);
		return err;
	}
	s->lock_fd = fd;
	return 0;
}

static int load(struct cursor_store *s, struct cursor *ret)
{
	int fd = openat(s->dir_fd, s->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), err = 0;
	FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
	char *text = NULL;
	size_t size = 0;

	if (!f)
		return errno == ENOENT ? 0 : -errno;
	errno = 0;
	if (getdelim(&text, &size, '\0', f) < 0)
		err = ferror(f) ? -errno : -EBADMSG;
	if (!err)
		err = cursor_scan(text, ret);
	free(text);
	fclose(f);
	return err;
}

static void put_aside(const struct cursor_store *s, const char *dir)
{
	char broken[sizeof(s->name) + 8];

	snprintf(broken, sizeof(broken), "%s.broken", s->name);
	renameat(s->dir_fd, s->name, s->dir_fd, broken);
	error_line("%s/%s is damaged, and %s now: everything in the spool is sent again", dir,
		   s->name, broken);
}

int cursor_store_open(const char *dir, const char *target, struct cursor_store *s,
		      struct cursor *ret)
{
	int err;

	*s = (struct cursor_store){.dir_fd = open_dir(dir), .lock_fd = -1};
	*ret = (struct cursor){0};
	snprintf(s->name, sizeof(s->name), "%.40s.cursor", target);
	if (s->dir_fd < 0) {
		error_line("cannot open %s: %s", dir, strerror(-s->dir_fd));
		return s->dir_fd;
	}
	err = lock(s);
	if (!err)
		err = load(s, ret);
	if (err == -EBADMSG || err == -EPROTONOSUPPORT) {
		put_aside(s, dir);
		err = 0;
	} else if (err == -EWOULDBLOCK) {
		error_line("%s/%s: another locktrace forward is at work there", dir, s->name);
	} else if (err) {
		error_line("cannot read %s/%s: %s", dir, s->name, strerror(-err));
	}
	if (err)
		cursor_store_close(s);
	return err;
}

/* On disk, whole, before it gets its name. */
static int write_to(int fd, const struct cursor *c)
{
	FILE *f = fdopen(fd, "w");
	int err = 0;

	if (!f) {
		err = -errno;
		close(fd);
		return err;
	}
	cursor_print(c, f);
	if (fflush(f) != 0 || fsync(fd) != 0)
		err = -errno;
	if (fclose(f) != 0 && !err)
		err = -errno;
	return err;
}

int cursor_store_save(struct cursor_store *s, const struct cursor *c)
{
	char unfinished[sizeof(s->name) + 8];
	int fd, err;

	snprintf(unfinished, sizeof(unfinished), "%s.tmp", s->name);
	unlinkat(s->dir_fd, unfinished, 0);
	fd = openat(s->dir_fd, unfinished, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    0600);
	if (fd < 0)
		return -errno;
	err = write_to(fd, c);
	if (!err && renameat(s->dir_fd, unfinished, s->dir_fd, s->name) != 0)
		err = -errno;
	if (err) {
		unlinkat(s->dir_fd, unfinished, 0);
		return err;
	}
	return fsync(s->dir_fd) == 0 ? 0 : -errno;
}

void cursor_store_close(struct cursor_store *s)
{
	if (s->lock_fd >= 0)
		close(s->lock_fd);
	if (s->dir_fd >= 0)
		close(s->dir_fd);
	s->lock_fd = s->dir_fd = -1;
}
