// SPDX-License-Identifier: GPL-2.0
#include "file_locks.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fdinfo.h"

static int sort_of(const char *word, enum file_lock_sort *ret)
{
	static const struct {
		const char *word;
		enum file_lock_sort sort;
	} sorts[] = {
		{"FLOCK", FILE_LOCK_FLOCK}, {"POSIX", FILE_LOCK_POSIX}, {"OFDLCK", FILE_LOCK_OFD},
		{"LEASE", FILE_LOCK_LEASE}, {"DELEG", FILE_LOCK_LEASE},
	};

	for (size_t i = 0; i < sizeof(sorts) / sizeof(sorts[0]); i++) {
		if (!strcmp(word, sorts[i].word)) {
			*ret = sorts[i].sort;
			return 0;
		}
	}
	return -EPROTO;
}

/* "2:  -> POSIX  ADVISORY  WRITE 30077 fe:00:10961725 7 16", whoever is before the arrow */
int file_lock_parse(const char *line, struct file_lock *ret)
{
	char sort[16], mode[16], type[16], file[48], end[24];
	struct file_lock l = {0};
	int at = 0;

	if (!strncmp(line, "lock:", 5))
		line += 5;
	if (sscanf(line, " %" SCNu64 ":%n", &l.id, &at) != 1 || !at)
		return -EPROTO;
	line += at;
	line += strspn(line, " ");
	if (!strncmp(line, "->", 2)) {
		l.waits = true;
		line += 2;
	}
	if (sscanf(line, "%15s %15s %15s %d %47s %" SCNu64 " %23s", sort, mode, type, &l.pid, file,
		   &l.start, end) != 7 ||
	    sort_of(sort, &l.sort))
		return -EPROTO;
	l.breaking = !strcmp(mode, "BREAKING");
	l.write = strcmp(type, "READ") != 0;
	l.end = strcmp(end, "EOF") ? strtoull(end, NULL, 10) : FILE_LOCK_EOF;
	if (sscanf(file, "%x:%x:%" SCNu64, &l.file.major, &l.file.minor, &l.file.inode) != 3)
		l.file = (struct file_id){0};
	*ret = l;
	return 0;
}

bool file_id_same(const struct file_id *a, const struct file_id *b)
{
	return a->inode == b->inode && a->major == b->major && a->minor == b->minor;
}

/* POSIX and open file description locks are of one family, the others keep to themselves. */
static int family(enum file_lock_sort sort)
{
	return sort == FILE_LOCK_OFD ? FILE_LOCK_POSIX : (int)sort;
}

bool file_lock_conflicts(const struct file_lock *a, const struct file_lock *b)
{
	return file_id_same(&a->file, &b->file) && family(a->sort) == family(b->sort) &&
	       (a->write || b->write) && a->start <= b->end && b->start <= a->end;
}

struct file_locks {
	struct file_lock *all;
	size_t n, room;
	bool read;
};

int file_locks_new(struct file_locks **ret)
{
	struct file_locks *l = calloc(1, sizeof(*l));

	if (!l)
		return -ENOMEM;
	*ret = l;
	return 0;
}

void file_locks_free(struct file_locks *l)
{
	if (l)
		free(l->all);
	free(l);
}

void file_locks_forget(struct file_locks *l)
{
	l->read = false;
}

static int add(struct file_locks *l, const struct file_lock *lock)
{
	if (l->n == l->room) {
		size_t room = l->room ? 2 * l->room : 64;
		struct file_lock *all = reallocarray(l->all, room, sizeof(*all));

		if (!all)
			return -ENOMEM;
		l->all = all;
		l->room = room;
	}
	l->all[l->n++] = *lock;
	return 0;
}

static int read_all(struct file_locks *l, FILE *f)
{
	struct file_lock lock;
	char line[256];
	int r = 0;

	l->n = 0;
	while (!r && fgets(line, sizeof(line), f)) {
		if (!file_lock_parse(line, &lock))
			r = add(l, &lock);
	}
	return r;
}

int file_locks_all(struct file_locks *l, int proc_fd, const struct file_lock **ret, size_t *ret_n)
{
	FILE *f;
	int fd, r;

	if (!l->read) {
		fd = openat(proc_fd, "locks", O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return -errno;
		f = fdopen(fd, "r");
		if (!f) {
			close(fd);
			return -ENOMEM;
		}
		r = read_all(l, f);
		fclose(f);
		if (r)
			return r;
		l->read = true;
	}
	*ret = l->all;
	*ret_n = l->n;
	return 0;
}

int file_locks_of_fd(int proc_fd, pid_t pid, int fd, struct file_lock *ret, size_t max)
{
	char text[FDINFO_MAX], *line, *rest = text;
	ssize_t size = fdinfo_read(proc_fd, pid, fd, text, sizeof(text));
	size_t n = 0;

	if (size < 0)
		return (int)size;
	while (n < max && (line = strsep(&rest, "\n"))) {
		if (!strncmp(line, "lock:", 5) && !file_lock_parse(line, &ret[n]))
			n++;
	}
	return (int)n;
}
