// SPDX-License-Identifier: GPL-2.0
#include "spool_write.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "../core/arena.h"
#include "spool_dir.h"

#define WRITE_MAX 65536

/* So many old ones make room for one on a full disk, if they can at all. */
#define EVICT_MAX 8

static int step(const struct spool_writer *w, enum spool_step which)
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
static int open_dir(struct spool_writer *w)
{
	int err = w->dir_fd >= 0 ? 0 : step(w, STEP_OPEN_DIR), fd;

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

/* Of a file system that does not say, there is enough. */
static uint64_t free_bytes(int dir_fd)
{
	struct statvfs fs;

	return fstatvfs(dir_fd, &fs) == 0 && fs.f_blocks ? (uint64_t)fs.f_bavail * fs.f_frsize
							 : UINT64_MAX;
}

/* ---- One file ---- */

static int write_whole(const struct spool_writer *w, int fd, const struct spool_report *r)
{
	for (size_t at = 0; at < r->size;) {
		size_t n = r->size - at < WRITE_MAX ? r->size - at : WRITE_MAX;
		int err = step(w, STEP_WRITE);
		ssize_t wrote = err ? 0 : write(fd, r->text + at, n);

		if (err)
			return err;
		if (wrote < 0 && errno != EINTR)
			return -errno;
		at += wrote > 0 ? (size_t)wrote : 0;
	}
	return 0;
}

/* On disk, whole, before it gets its name. */
static int fill(const struct spool_writer *w, int fd, const struct spool_report *r)
{
	int err = write_whole(w, fd, r);

	if (!err)
		err = step(w, STEP_MODE);
	if (!err && fchmod(fd, 0640) != 0) /* whatever the umask is */
		err = -errno;
	if (!err)
		err = step(w, STEP_SYNC);
	if (!err && fsync(fd) != 0)
		err = -errno;
	if (!err)
		err = step(w, STEP_CLOSE);
	if (close(fd) != 0 && !err)
		err = -errno;
	return err;
}

static int replace(const struct spool_writer *w, const char *name, const struct spool_report *r)
{
	char unfinished[SPOOL_NAME_MAX + 8];
	int err = step(w, STEP_CREATE), fd;

	if (err)
		return err;
	snprintf(unfinished, sizeof(unfinished), ".%s.tmp", name);
	unlinkat(w->dir_fd, unfinished, 0);
	fd = openat(w->dir_fd, unfinished, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    0640);
	if (fd < 0)
		return -errno;
	err = fill(w, fd, r);
	if (!err)
		err = step(w, STEP_RENAME);
	if (!err && renameat(w->dir_fd, unfinished, w->dir_fd, name) != 0)
		err = -errno;
	if (err) {
		unlinkat(w->dir_fd, unfinished, 0);
		return err;
	}
	err = step(w, STEP_SYNC_DIR);
	return err ? err : fsync(w->dir_fd) == 0 ? 0 : -errno;
}

/* ---- Room for it ---- */

static int evict(struct spool_writer *w, struct spool_list *l, size_t i)
{
	int err = step(w, STEP_REMOVE);

	if (err)
		return err;
	if (unlinkat(w->dir_fd, l->entries[i].name, 0) == 0)
		w->counts->removed++;
	else if (errno != ENOENT)
		return -errno;
	memmove(&l->entries[i], &l->entries[i + 1], (l->n - i - 1) * sizeof(*l->entries));
	l->n--;
	return 0;
}

static size_t find(const struct spool_list *l, const char *id)
{
	size_t i = 0;

	while (i < l->n && strcmp(l->entries[i].id, id) != 0)
		i++;
	return i;
}

/* Adds what is to be written to the list, as it will be. *ret_old: there is a file. */
static int enter(struct spool_list *l, const struct spool_report *r, bool *ret_old)
{
	size_t i = find(l, r->id);
	struct spool_entry *e;
	char name[SPOOL_NAME_MAX];
	int err = 0;

	*ret_old = i < l->n;
	if (!*ret_old) {
		err = spool_name(r->wall_s, l->n ? l->entries[l->n - 1].seq + 1 : 1, r->id,
				 r->signature, name);
		if (!err)
			err = array_room(&l->entries, &l->cap, l->n, sizeof(*e));
		if (err)
			return err;
		spool_name_parse(name, &l->entries[l->n++]);
	}
	e = &l->entries[i];
	e->bytes = r->size;
	e->wall_s = r->wall_s > e->wall_s ? r->wall_s : e->wall_s;
	spool_limits_sort(l->entries, l->n);
	return 0;
}

/* Free space comes back: for that a report waits, and is not left out. */
static bool is_for_space(const struct spool_writer *w, const struct spool_list *l, uint64_t now_s)
{
	return spool_limits_next(l->entries, l->n, &w->c->limits, now_s, UINT64_MAX) == SPOOL_NONE;
}

static int make_room(struct spool_writer *w, struct spool_list *l, const struct spool_report *r,
		     bool old)
{
	uint64_t before = free_bytes(w->dir_fd);
	/* before it is renamed, the old file and the new one are there */
	uint64_t left = before > r->size ? before - r->size : 0;

	for (;;) {
		size_t i = spool_limits_next(l->entries, l->n, &w->c->limits, r->wall_s, left);
		bool itself;
		int err = 0;

		if (i == SPOOL_NONE)
			break;
		itself = strcmp(l->entries[i].id, r->id) == 0;
		if (itself && is_for_space(w, l, r->wall_s))
			return -ENOSPC;
		left += itself ? 0 : l->entries[i].bytes;
		if (old || !itself)
			err = evict(w, l, i);
		if (err || itself)
			return err ? err : SPOOL_LEFT_OUT;
	}
	return w->c->limits.free_bytes && left < w->c->limits.free_bytes ? -ENOSPC : 0;
}

/* The disk is full in a way that its free space does not tell: inodes, a quota. */
static int replace_evicting(struct spool_writer *w, struct spool_list *l, const char *name,
			    const struct spool_report *r)
{
	const struct spool_limits full = {.free_bytes = 1};
	int err = replace(w, name, r);

	for (int n = 0; (err == -ENOSPC || err == -EDQUOT) && n < EVICT_MAX; n++) {
		size_t i = spool_limits_next(l->entries, l->n, &full, r->wall_s, 0);
		int cannot;

		if (i == SPOOL_NONE || strcmp(l->entries[i].id, r->id) == 0)
			break;
		cannot = evict(w, l, i);
		err = cannot ? cannot : replace(w, name, r);
	}
	return err;
}

static void count(struct spool_counts *counts, const struct spool_list *l)
{
	counts->listed = true;
	counts->files = l->n;
	counts->bytes = 0;
	for (size_t i = 0; i < l->n; i++)
		counts->bytes += l->entries[i].bytes;
}

static int write_once(struct spool_writer *w, const struct spool_report *r)
{
	struct spool_list l = {0};
	char name[SPOOL_NAME_MAX];
	int err = open_dir(w);
	bool old;

	if (!err)
		err = spool_list_read(w->dir_fd, &l);
	if (!err)
		err = enter(&l, r, &old);
	if (!err && old && r->only_new)
		err = SPOOL_LEFT_OUT;
	if (!err) {
		memcpy(name, l.entries[find(&l, r->id)].name, sizeof(name));
		err = make_room(w, &l, r, old);
	}
	if (!err)
		err = replace_evicting(w, &l, name, r);
	if (!err)
		count(w->counts, &l);
	spool_list_free(&l);
	return err;
}

int spool_write(struct spool_writer *w, const struct spool_report *r)
{
	int err = write_once(w, r);

	if (err != -ENOENT || w->dir_fd < 0)
		return err;
	close(w->dir_fd); /* somebody removed the directory */
	w->dir_fd = -1;
	return write_once(w, r);
}
