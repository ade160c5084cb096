// SPDX-License-Identifier: GPL-2.0
#include "debug_dirs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../parser/source.h"
#include "reader.h"

#define DIRS_MAX  32
#define PATH_ROOM 4096
#define PATH_PART 256

struct debug_dirs {
	char *dirs[DIRS_MAX];
	size_t n;
	char *fetched; /* by debuginfod's client; NULL: no such place */
};

static char *place_of_fetched(void)
{
	const char *path = getenv("DEBUGINFOD_CACHE_PATH"), *base = getenv("XDG_CACHE_HOME"),
		   *home = getenv("HOME");
	char *place = NULL;
	int n = -1;

	if (path && *path == '/')
		return strdup(path);
	if (base && *base == '/')
		n = asprintf(&place, "%s/debuginfod_client", base);
	else if (home && *home == '/')
		n = asprintf(&place, "%s/.cache/debuginfod_client", home);
	return n < 0 ? NULL : place;
}

int debug_dirs_new(struct debug_dirs **ret)
{
	struct debug_dirs *d = calloc(1, sizeof(*d));

	if (!d)
		return -ENOMEM;
	d->fetched = place_of_fetched();
	d->dirs[0] = strdup("/usr/lib/debug");
	if (!d->dirs[0]) {
		debug_dirs_free(d);
		return -ENOMEM;
	}
	d->n = 1;
	*ret = d;
	return 0;
}

void debug_dirs_free(struct debug_dirs *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < d->n; i++)
		free(d->dirs[i]);
	free(d->fetched);
	free(d);
}

static int insert(struct debug_dirs *d, size_t at, const char *name, size_t n)
{
	char *here = *name == '/' ? NULL : get_current_dir_name(), *dir = NULL;
	int length = -1;

	if (d->n < DIRS_MAX)
		length = here ? asprintf(&dir, "%s/%.*s", here, (int)n, name)
			      : asprintf(&dir, "%.*s", (int)n, name);
	free(here);
	if (length < 0)
		return d->n < DIRS_MAX ? -ENOMEM : -E2BIG;
	memmove(&d->dirs[at + 1], &d->dirs[at], (d->n - at) * sizeof(*d->dirs));
	d->dirs[at] = dir;
	d->n++;
	return 0;
}

int debug_dirs_add(struct debug_dirs *d, const char *list)
{
	size_t at = 0;
	int err = 0;

	/* In their order, all of them before what was there. */
	while (!err && *(list += strspn(list, ":"))) {
		size_t n = strcspn(list, ":");

		err = insert(d, at++, list, n);
		list += n;
	}
	return err;
}

int debug_file_open(const char *path, bool anybodys)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (!anybodys || st.st_mode & S_IROTH))
		return fd;
	close(fd);
	return -EINVAL;
}

/*
 * What a program's name leads to must be for everybody's eyes: it gets to those
 * who read reports. Of the directories that were asked for, all is.
 */
static int open_in_root(struct reader *reader, pid_t pid, const char *path)
{
	char name[PATH_ROOM + 8];
	struct stat st;
	int fd;

	snprintf(name, sizeof(name), "root%s", path);
	fd = reader ? reader_proc_open(reader, pid, name) : -ENOENT;
	if (fd < 0 || (fstat(fd, &st) == 0 && st.st_mode & S_IROTH))
		return fd;
	close(fd);
	return -EACCES;
}

/* The parts of a path that come from a program must not lead elsewhere. */
static bool is_plain(const char *path)
{
	return !strstr(path, "..") && strlen(path) < PATH_PART;
}

static bool is_hex(const char *s)
{
	size_t n = strlen(s);

	return n >= 4 && n < PATH_PART && strspn(s, "0123456789abcdef") == n;
}

static bool is_dwz(const char *link)
{
	return strncmp(link, SOURCE_DWZ, strlen(SOURCE_DWZ)) == 0;
}

enum form {
	BY_DIR,	 /* by build-id, or as the program lies */
	BY_NAME, /* all in one directory */
	FORMS,
};

/* The path below one directory; false: not asked for in that form. */
static bool path_in(const char *dir, enum form form, const struct debug_wanted *w, char *path)
{
	int n = -1;

	if (w->build_id && form == BY_DIR)
		n = snprintf(path, PATH_ROOM, "%s/.build-id/%.2s/%s.debug", dir, w->build_id,
			     w->build_id + 2);
	else if (!w->build_id && form == BY_DIR && !is_dwz(w->link))
		n = snprintf(path, PATH_ROOM, "%s%s/%s", dir, w->dir, w->link);
	else if (!w->build_id && form == BY_NAME)
		n = snprintf(path, PATH_ROOM, "%s/%s", dir, w->link);
	return n > 0 && n < PATH_ROOM;
}

/* Beside the program: only the process knows what lies there. */
static bool path_beside(unsigned int nth, const struct debug_wanted *w, char *path)
{
	int n = -1;

	if (!w->build_id && w->dir[0] == '/' && !is_dwz(w->link))
		n = snprintf(path, PATH_ROOM, nth ? "%s/.debug/%s" : "%s/%s", w->dir, w->link);
	return n > 0 && n < PATH_ROOM;
}

static bool path_of_fetched(const struct debug_dirs *d, const struct debug_wanted *w, char *path)
{
	int n = -1;

	if (d->fetched && w->build_id)
		n = snprintf(path, PATH_ROOM, "%s/%s/debuginfo", d->fetched, w->build_id);
	return n > 0 && n < PATH_ROOM;
}

/* The k-th of all places. -ENOENT: nothing there; -ERANGE: there are no more places. */
static int open_kth(const struct debug_dirs *d, struct reader *reader, pid_t pid,
		    const struct debug_wanted *w, unsigned int k)
{
	unsigned int dir = k / FORMS / 2;
	char path[PATH_ROOM];

	if (dir < d->n) {
		bool host = k / FORMS % 2, given = dir + 1 < d->n;

		if (!path_in(d->dirs[dir], k % FORMS, w, path))
			return -ENOENT;
		return host ? debug_file_open(path, !given) : open_in_root(reader, pid, path);
	}
	k -= d->n * FORMS * 2;
	if (k < 2)
		return path_beside(k, w, path) ? open_in_root(reader, pid, path) : -ENOENT;
	if (k == 2)
		return path_of_fetched(d, w, path) ? debug_file_open(path, false) : -ENOENT;
	return -ERANGE;
}

static bool is_sane(const struct debug_wanted *w)
{
	if (w->build_id)
		return is_hex(w->build_id);
	return w->link && *w->link && is_plain(w->link) && is_plain(w->dir) &&
	       (is_dwz(w->link) || !strchr(w->link, '/'));
}

int debug_dirs_open(const struct debug_dirs *d, struct reader *reader, pid_t pid,
		    const struct debug_wanted *wanted, unsigned int nth)
{
	if (!is_sane(wanted))
		return -EINVAL;
	for (unsigned int k = 0;; k++) {
		int fd = open_kth(d, reader, pid, wanted, k);

		if (fd == -ERANGE)
			return -ENOENT;
		if (fd < 0)
			continue;
		if (!nth--)
			return fd;
		close(fd);
	}
}
