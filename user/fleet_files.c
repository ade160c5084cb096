// SPDX-License-Identifier: GPL-2.0
#include "fleet_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "message.h"
#include "unzstd.h"

#define DEPTH_MAX 32 /* directories in directories; each keeps a descriptor open */

/* zlib passes on what is not compressed as it is. */
static ssize_t read_some(void *from, char *buf, size_t size)
{
	gzFile file = from;
	int n = gzread(file, buf, size < INT_MAX ? (unsigned int)size : INT_MAX), err;

	if (n > 0)
		return n;
	gzerror(file, &err);
	if (err == Z_ERRNO)
		return errno ? -errno : -EIO;
	if (n == 0 && err == Z_BUF_ERROR)
		return -EPIPE; /* it ends in the middle */
	return n < 0 ? (err == Z_MEM_ERROR ? -ENOMEM : -EILSEQ) : 0;
}

static const char *read_fault(int err)
{
	switch (err) {
	case -EPIPE:
		return "ends in the middle of what is compressed";
	case -EILSEQ:
		return "what is compressed is damaged";
	case -ENOTSUP:
		return "this locktrace was built without libzstd";
	default:
		return strerror(-err);
	}
}

/* Both take fd over. */
static int read_gzip(struct fleet *f, int fd, const char *name)
{
	gzFile file = gzdopen(fd, "rb");
	int err;

	if (!file) {
		close(fd);
		return -ENOMEM;
	}
	gzbuffer(file, 65536);
	errno = 0;
	err = fleet_read(f, name, read_some, file);
	gzclose_r(file);
	return err;
}

static int read_zstd(struct fleet *f, int fd, const char *name)
{
	struct unzstd *file = NULL;
	int err = unzstd_new(fd, &file);

	if (!err)
		err = fleet_read(f, name, unzstd_read, file);
	unzstd_free(file);
	close(fd);
	return err;
}

/* Takes fd over. */
static int read_fd(struct fleet *f, int fd, const char *name)
{
	int err = unzstd_is_one(fd) ? read_zstd(f, fd, name) : read_gzip(f, fd, name);

	if (err && err != -ENOMEM)
		error_line("%s: %s: what came before counts", name, read_fault(err));
	return err;
}

static bool ends_in(const char *name, size_t n, const char *end)
{
	size_t n_end = strlen(end);

	return n > n_end && memcmp(name + n - n_end, end, n_end) == 0;
}

static bool is_wanted(const char *name)
{
	size_t n = strlen(name);

	if (name[0] == '.')
		return false;
	if (ends_in(name, n, ".gz"))
		n -= strlen(".gz");
	else if (ends_in(name, n, ".zst"))
		n -= strlen(".zst");
	return ends_in(name, n, ".json") || ends_in(name, n, ".ndjson") ||
	       ends_in(name, n, ".jsonl");
}

static int read_dir(struct fleet *f, int fd, const char *path, int depth);

/* Returns 0 also for what has gone since the directory was read, and for what is no file. */
static int read_entry(struct fleet *f, int dir, const char *path, const char *name, int depth)
{
	/* a FIFO would wait for a writer */
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	struct stat st;
	char *whole = NULL;
	int err = 0;

	if (fd < 0 && (errno == ENOENT || errno == ELOOP || errno == ENXIO))
		return 0;
	if (asprintf(&whole, "%s/%s", path, name) < 0) {
		whole = NULL;
		err = -ENOMEM;
	} else if (fd < 0 || fstat(fd, &st) != 0) {
		err = -errno;
		error_line("%s: %s", whole, strerror(errno));
	} else if (S_ISDIR(st.st_mode)) {
		err = read_dir(f, fd, whole, depth + 1);
		fd = -1;
	} else if (S_ISREG(st.st_mode) && is_wanted(name)) {
		err = read_fd(f, fd, whole);
		fd = -1;
	}
	if (fd >= 0)
		close(fd);
	free(whole);
	return err;
}

/* Takes fd over. Reads on after what cannot be read. */
static int read_dir(struct fleet *f, int fd, const char *path, int depth)
{
	DIR *dir = depth < DEPTH_MAX ? fdopendir(fd) : NULL;
	const struct dirent *e;
	int first = 0, err = 0;

	if (!dir) {
		err = depth < DEPTH_MAX ? -errno : -ELOOP;
		error_line("%s: %s", path, depth < DEPTH_MAX ? strerror(-err) : "is too deep");
		close(fd);
		return err;
	}
	while (err != -ENOMEM && (errno = 0, e = readdir(dir))) {
		bool maybe_dir = e->d_type == DT_DIR || e->d_type == DT_UNKNOWN;

		if (e->d_name[0] == '.' || (!maybe_dir && !is_wanted(e->d_name)))
			continue;
		err = read_entry(f, dirfd(dir), path, e->d_name, depth);
		first = first ? first : err;
	}
	if (!first && errno) {
		first = -errno;
		error_line("%s: %s", path, strerror(errno));
	}
	closedir(dir);
	return err == -ENOMEM ? err : first;
}

int fleet_files_read(struct fleet *f, const char *path)
{
	struct stat st;
	int fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO)
					: open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0 || fstat(fd, &st) != 0) {
		int err = -errno;

		error_line("%s: %s", path, strerror(-err));
		if (fd >= 0)
			close(fd);
		return err;
	}
	return S_ISDIR(st.st_mode) ? read_dir(f, fd, path, 0)
				   : read_fd(f, fd, strcmp(path, "-") ? path : "standard input");
}
