// SPDX-License-Identifier: GPL-2.0
#include "metrics_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../message.h"

/* Beside it, under a name that node_exporter does not read. */
static int temporary_name(const char *path, char ret[PATH_MAX])
{
	const char *base = strrchr(path, '/');
	int dir = base ? (int)(base + 1 - path) : 0;
	int n = snprintf(ret, PATH_MAX, "%.*s.%s.%d", dir, path, path + dir, getpid());

	return n < PATH_MAX ? 0 : -ENAMETOOLONG;
}

/* The umask of a service may be stricter than what these numbers are worth. */
static int make_directory(const char *path)
{
	char copy[PATH_MAX];

	snprintf(copy, sizeof(copy), "%s", path);
	const char *dir = dirname(copy);

	if (mkdir(dir, 0755) != 0)
		return -errno;
	return chmod(dir, 0755) == 0 ? 0 : -errno;
}

/* Whoever may write there may have put a link of that name: a new file, or none. */
static int open_new(const char *name)
{
	int fd;

	unlink(name);
	fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	return fd < 0 ? -errno : fd;
}

static int write_into(int fd, void (*write)(const void *m, FILE *out), const void *m,
		      struct metrics_file *f)
{
	FILE *out = fdopen(fd, "w");
	struct stat st = {.st_ino = 0};
	bool whole;

	if (!out) {
		close(fd);
		return -ENOMEM;
	}
	errno = EIO; /* of an error that came before the last call */
	write(m, out);
	whole = fflush(out) == 0 && !ferror(out) && fchmod(fd, 0644) == 0 && fstat(fd, &st) == 0;
	int err = whole ? 0 : -errno;

	if (fclose(out) != 0 && !err)
		err = -errno;
	if (!err) {
		f->dev = st.st_dev;
		f->ino = st.st_ino;
	}
	return err;
}

static int replace(struct metrics_file *f, void (*write)(const void *m, FILE *out), const void *m)
{
	char name[PATH_MAX];
	int fd = temporary_name(f->path, name), err;

	if (!fd)
		fd = open_new(name);
	if (fd == -ENOENT && make_directory(f->path) == 0)
		fd = open_new(name);
	if (fd < 0)
		return fd;
	err = write_into(fd, write, m, f);
	if (!err && rename(name, f->path) != 0)
		err = -errno;
	if (err)
		unlink(name);
	return err;
}

int metrics_file_write(struct metrics_file *f, void (*write)(const void *m, FILE *out),
		       const void *m)
{
	int err = replace(f, write, m);

	if (err && !f->failing)
		error_line("cannot write metrics to %s: %s; that is tried again", f->path,
			   strerror(-err));
	if (!err && f->failing)
		error_line("metrics are written to %s again", f->path);
	f->failing = err != 0;
	return err;
}

void metrics_file_remove(const struct metrics_file *f)
{
	struct stat st;

	if (f->ino && lstat(f->path, &st) == 0 && st.st_ino == f->ino && st.st_dev == f->dev)
		unlink(f->path);
}
