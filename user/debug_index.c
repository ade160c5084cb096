// SPDX-License-Identifier: GPL-2.0
#include "debug_index.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/arena.h"
#include "debuginfod.h"
#include "message.h"
#include "os/clock.h"
#include "os/debug_dirs.h"
#include "os/parser_files.h"

/* A whole distribution's debug files are 30,000. */
#define FILES_MAX      1000000
#define QUIET_NS       2000000000ULL
#define PROGRESS_EVERY 256

struct indexed {
	const char *build_id, *path;
};

struct debug_index {
	struct parser_files *parser;
	struct debuginfod *fetch; /* NULL: nothing is fetched */
	const char *const *dirs;
	bool read; /* all below the directories */
	struct arena arena;
	struct indexed *files; /* by build-id, debug files first */
	size_t n, cap;
	size_t looked_at;
	uint64_t began_ns;
	bool progress; /* a line of it stands on the terminal */
};

int debug_index_new(const char *const *dirs, struct parser_files *parser, struct debug_index **ret,
		    const char **ret_bad)
{
	struct debug_index *x;

	for (size_t i = 0; dirs[i]; i++) {
		int fd = open(dirs[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (fd < 0) {
			*ret_bad = dirs[i];
			return -errno;
		}
		close(fd);
	}
	x = calloc(1, sizeof(*x));
	if (!x)
		return -ENOMEM;
	x->dirs = dirs;
	x->parser = parser;
	*ret = x;
	return 0;
}

void debug_index_free(struct debug_index *x)
{
	if (!x)
		return;
	arena_free(&x->arena);
	free(x->files);
	free(x);
}

void debug_index_fetch(struct debug_index *x, struct debuginfod *from)
{
	x->fetch = from;
}

/* The descriptor, or its error, if the file says that it has this build-id. */
static int if_it_has(const struct debug_index *x, int fd, const char *build_id)
{
	char own[PARSER_BUILD_ID];

	if (fd < 0 ||
	    (parser_files_build_id(x->parser, fd, own) == 0 && strcmp(own, build_id) == 0))
		return fd;
	close(fd);
	return -ENOENT;
}

/* Most files are none, and need not be looked at by a parser to see it. */
static bool is_elf(int fd)
{
	char magic[4];

	return pread(fd, magic, sizeof(magic), 0) == sizeof(magic) &&
	       memcmp(magic, "\177ELF", sizeof(magic)) == 0;
}

static int add(struct debug_index *x, const char *path)
{
	char build_id[PARSER_BUILD_ID];
	int fd = debug_file_open(path, false), err = 0;
	struct indexed file;

	if (fd < 0)
		return 0;
	if (is_elf(fd) && parser_files_build_id(x->parser, fd, build_id) == 0) {
		err = array_room(&x->files, &x->cap, x->n, sizeof(*x->files));
		if (!err)
			err = arena_copy(&x->arena, build_id, &file.build_id);
		if (!err)
			err = arena_copy(&x->arena, path, &file.path);
		if (!err)
			x->files[x->n++] = file;
	}
	close(fd);
	return err;
}

/* Who waits at a terminal is told what for. */
static void show_progress(struct debug_index *x)
{
	if (++x->looked_at % PROGRESS_EVERY || os_now_ns() - x->began_ns < QUIET_NS ||
	    !isatty(STDERR_FILENO))
		return;
	x->progress = true;
	fprintf(stderr, "\rlocktrace: looking for debug files: %zu files read", x->looked_at);
}

static bool is_debug(const struct indexed *f)
{
	size_t n = strlen(f->path);

	return n > 6 && strcmp(f->path + n - 6, ".debug") == 0;
}

static int by_build_id(const void *a, const void *b)
{
	const struct indexed *x = a, *y = b;
	int order = strcmp(x->build_id, y->build_id);

	if (order == 0)
		order = is_debug(y) - is_debug(x);
	return order ? order : strcmp(x->path, y->path);
}

static int read_below(struct debug_index *x, const char *dir)
{
	char copy[PATH_MAX], *const paths[] = {copy, NULL};
	int err = 0;
	FTSENT *e;
	FTS *fts;

	if (snprintf(copy, sizeof(copy), "%s", dir) >= (int)sizeof(copy))
		return -ENAMETOOLONG;
	fts = fts_open(paths, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, NULL);
	if (!fts)
		return -errno;
	while (!err && x->n < FILES_MAX && (e = fts_read(fts))) {
		if (e->fts_info != FTS_F)
			continue;
		err = add(x, e->fts_accpath);
		show_progress(x);
	}
	fts_close(fts);
	return err;
}

static int read_all(struct debug_index *x)
{
	int err = 0;

	x->began_ns = os_now_ns();
	for (size_t i = 0; !err && x->dirs[i]; i++)
		err = read_below(x, x->dirs[i]);
	if (x->progress)
		fputs("\r\033[K", stderr);
	if (x->n >= FILES_MAX)
		error_line("warning: more than %d files with a build-id: not all are known",
			   FILES_MAX);
	if (x->n)
		qsort(x->files, x->n, sizeof(*x->files), by_build_id);
	x->read = true;
	return err;
}

static int open_at_its_place(const struct debug_index *x, const char *build_id, size_t *nth)
{
	for (size_t i = 0; x->dirs[i]; i++) {
		char path[PATH_MAX];
		int fd;

		if (snprintf(path, sizeof(path), "%s/.build-id/%.2s/%s.debug", x->dirs[i], build_id,
			     build_id + 2) >= (int)sizeof(path))
			continue;
		fd = if_it_has(x, debug_file_open(path, false), build_id);
		if (fd >= 0 && (*nth)-- == 0)
			return fd;
		if (fd >= 0)
			close(fd);
	}
	return -ENOENT;
}

static int open_indexed(const struct debug_index *x, const char *build_id, size_t *nth)
{
	size_t low = 0, high = x->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(x->files[mid].build_id, build_id) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < x->n && strcmp(x->files[low].build_id, build_id) == 0; low++) {
		int fd = if_it_has(x, debug_file_open(x->files[low].path, false), build_id);

		if (fd >= 0 && (*nth)-- == 0)
			return fd;
		if (fd >= 0)
			close(fd);
	}
	return -ENOENT;
}

int debug_index_open(struct debug_index *x, const char *build_id, size_t nth)
{
	int fd;

	/* from a report that anybody wrote, and about to be a path */
	if (strlen(build_id) < 4 || build_id[strspn(build_id, "0123456789abcdef")])
		return -ENOENT;
	fd = open_at_its_place(x, build_id, &nth);
	if (fd >= 0)
		return fd;
	if (!x->read) {
		int err = read_all(x);

		if (err)
			return err;
	}
	fd = open_indexed(x, build_id, &nth);
	if (fd < 0 && nth == 0 && x->fetch)
		fd = if_it_has(x, debuginfod_open(x->fetch, build_id), build_id);
	return fd;
}
