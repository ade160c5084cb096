// SPDX-License-Identifier: GPL-2.0
#include "fleet_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/tar.h"
#include "packing/unpack.h"
#include "message.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define DEPTH_MAX 32 /* directories in directories; each keeps a descriptor open */

/* Is name, of n bytes, one that ends so? */
static bool ends_in(const char *name, size_t n, const char *end)
{
	size_t n_end = strlen(end);

	return n > n_end && memcmp(name + n - n_end, end, n_end) == 0;
}

static bool is_wanted(const char *name)
{
	static const char *const packed[] = {".gz", ".zst"};
	static const char *const ends[] = {".json", ".ndjson", ".jsonl", ".tar", ".tgz", ".tzst"};
	size_t n = strlen(name);

	if (name[0] == '.')
		return false;
	for (size_t i = 0; i < COUNT(packed); i++) {
		if (ends_in(name, n, packed[i])) {
			n -= strlen(packed[i]);
			break;
		}
	}
	for (size_t i = 0; i < COUNT(ends); i++) {
		if (ends_in(name, n, ends[i]))
			return true;
	}
	return false;
}

/* How it ended, if not at its end; -ENOMEM is for good. */
static int tell(const char *name, int err)
{
	const char *why = err == -EBADMSG ? "the archive is damaged" : unpack_fault(err);

	if (err && err != -ENOMEM)
		error_line("%s: %s: what came before counts", name, why);
	return err;
}

/* The reports of a bundle, or of any other archive of files that are called so. */
static int read_tar(struct fleet *f, struct unpack *u, const char *name)
{
	struct tar tar = {.read = unpack_read, .from = u};
	int err;

	while ((err = tar_next(&tar)) > 0) {
		const char *slash = strrchr(tar.name, '/');
		char *whole;

		if (!tar.is_file || !is_wanted(slash ? slash + 1 : tar.name))
			continue;
		if (asprintf(&whole, "%s: %s", name, tar.name) < 0)
			return -ENOMEM;
		err = fleet_read(f, whole, tar_read, &tar);
		free(whole);
		if (err)
			break;
	}
	return err;
}

/* Takes fd over. */
static int read_fd(struct fleet *f, int fd, const char *name)
{
	struct unpack *u;
	const char *block;
	ssize_t n;
	int err = unpack_open(fd, &u);

	if (err)
		return tell(name, err);
	n = unpack_peek(u, &block, TAR_BLOCK);
	/* what cannot be read is one file, too */
	err = n > 0 && tar_is(block, (size_t)n) ? read_tar(f, u, name)
						: fleet_read(f, name, unpack_read, u);
	unpack_close(u);
	return tell(name, err);
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
