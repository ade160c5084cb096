// SPDX-License-Identifier: GPL-2.0
#include "holders.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "proc.h"

/* What a look may ask about; each is something that threads are stalled at, so these are few. */
#define ASKED_MAX 64

/* Past this many the list is cut: nobody reads on, and none of them is "the" holder. */
#define PIDS_MAX 64

struct asked {
	struct held what;
	bool wanted; /* in this look */
	bool more;
	size_t n;
	pid_t pids[PIDS_MAX];
	uint8_t uses[PIDS_MAX];
};

struct holders {
	size_t n;
	struct asked asked[ASKED_MAX];
	size_t scanned; /* the first so many have been looked for in this look */
	size_t unseen;
	int proc_fd; /* during a scan */
	bool files;  /* ... some of what is looked for is known by its inode */
};

int holders_new(struct holders **ret)
{
	struct holders *h = calloc(1, sizeof(*h));

	if (!h)
		return -ENOMEM;
	*ret = h;
	return 0;
}

void holders_free(struct holders *h)
{
	free(h);
}

/* What this look asked for the next will ask for too: one pass then finds all of them. */
void holders_forget(struct holders *h)
{
	size_t kept = 0;

	for (size_t i = 0; i < h->n; i++) {
		if (!h->asked[i].wanted)
			continue;
		h->asked[kept] = h->asked[i];
		h->asked[kept++].wanted = false;
	}
	h->n = kept;
	h->scanned = 0;
}

struct held held_link(const char *kind, uint64_t inode)
{
	struct held ret = {.inode = inode};

	snprintf(ret.name, sizeof(ret.name), "%s:[%" PRIu64 "]", kind, inode);
	return ret;
}

struct held held_file(uint64_t dev, uint64_t inode)
{
	return (struct held){.dev = dev, .inode = inode};
}

static bool same(const struct held *a, const struct held *b)
{
	return a->inode == b->inode && a->dev == b->dev && !strcmp(a->name, b->name);
}

/* The kernel answers from what it has: no server is asked, and what fd leads to is not opened. */
static int stat_fd(int dir_fd, const char *path, struct held *ret)
{
	struct statx st;

	if (statx(dir_fd, path, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_INO, &st))
		return -errno;
	*ret = held_file(makedev(st.stx_dev_major, st.stx_dev_minor), st.stx_ino);
	return 0;
}

int held_by_fd(int proc_fd, pid_t pid, int fd, struct held *ret)
{
	char path[48];

	snprintf(path, sizeof(path), "%d/fd/%d", pid, fd);
	return stat_fd(proc_fd, path, ret);
}

bool held_is_fifo(int proc_fd, pid_t pid, int fd)
{
	char path[48];
	struct statx st;

	snprintf(path, sizeof(path), "%d/fd/%d", pid, fd);
	return !statx(proc_fd, path, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_TYPE, &st) &&
	       S_ISFIFO(st.stx_mode);
}

/* A table of descriptors: that of a process, or of one of its threads. */
struct fds {
	struct holders *h;
	pid_t pid;
	char task[32]; /* "306", "306/task/311" */
	int dir;
};

/* How a descriptor may be used: the link to it has the mode that it was opened with. */
static uint8_t uses_of(const struct fds *f, const char *fd)
{
	struct stat st;

	if (fstatat(f->dir, fd, &st, AT_SYMLINK_NOFOLLOW))
		return HOLDER_READS | HOLDER_WRITES;
	return (st.st_mode & S_IRUSR ? HOLDER_READS : 0) |
	       (st.st_mode & S_IWUSR ? HOLDER_WRITES : 0);
}

static void note(struct asked *a, pid_t pid, uint8_t uses)
{
	if (a->n && a->pids[a->n - 1] == pid) {
		a->uses[a->n - 1] |= uses;
	} else if (a->n == PIDS_MAX) {
		a->more = true;
	} else {
		a->pids[a->n] = pid;
		a->uses[a->n++] = uses;
	}
}

/* Could this link lead to the file? fdinfo tells the inode since 5.14, and touches no file. */
static bool may_be_asked(const struct fds *f, const char *fd)
{
	char path[80], buf[1024];
	const char *ino;
	uint64_t inode;

	snprintf(path, sizeof(path), "%s/fdinfo/%s", f->task, fd);
	if (proc_read(f->h->proc_fd, path, buf, sizeof(buf)) < 0)
		return false;
	ino = strstr(buf, "\nino:");
	if (!ino || sscanf(ino, "\nino: %" SCNu64, &inode) != 1)
		return true;
	for (size_t i = 0; i < f->h->n; i++) {
		if (!f->h->asked[i].what.name[0] && f->h->asked[i].what.inode == inode)
			return true;
	}
	return false;
}

static void note_link(const struct fds *f, const char *fd, const char *link)
{
	struct holders *h = f->h;
	struct held what = {0};

	if (link[0] != '/')
		snprintf(what.name, sizeof(what.name), "%s", link);
	else if (!h->files || !may_be_asked(f, fd) || stat_fd(f->dir, fd, &what))
		return;
	for (size_t i = 0; i < h->n; i++) {
		const struct held *asked = &h->asked[i].what;

		if (what.name[0] ? !strcmp(asked->name, what.name) : same(asked, &what))
			note(&h->asked[i], f->pid, uses_of(f, fd));
	}
}

/* Returns how many descriptors are there, or -errno. */
static int scan_fds(struct fds *f)
{
	char path[40], link[HELD_NAME];
	struct dirent *d;
	int n_fds = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/fd", f->task);
	f->dir = openat(f->h->proc_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->dir < 0)
		return -errno;
	dir = fdopendir(f->dir);
	if (!dir) {
		close(f->dir);
		return -ENOMEM;
	}
	while ((d = readdir(dir))) {
		ssize_t n = readlinkat(f->dir, d->d_name, link, sizeof(link) - 1);

		if (n <= 0)
			continue;
		link[n] = '\0';
		note_link(f, d->d_name, link);
		n_fds++;
	}
	closedir(dir);
	return n_fds;
}

static int scan_tid(void *ctx, pid_t tid)
{
	struct fds *f = ctx;

	if (tid == f->pid)
		return 0;
	snprintf(f->task, sizeof(f->task), "%d/task/%d", f->pid, tid);
	return scan_fds(f) > 0;
}

static int scan_pid(void *ctx, pid_t pid)
{
	struct holders *h = ctx;
	struct fds f = {.h = h, .pid = pid};
	int n;

	snprintf(f.task, sizeof(f.task), "%d", pid);
	n = scan_fds(&f);
	if (n == -ENOMEM)
		return n;
	/* the first thread has exited, and has left the table to the others */
	if (!n)
		proc_each_tid(h->proc_fd, pid, scan_tid, &f);
	h->unseen += n < 0 && n != -ENOENT && n != -ESRCH;
	return 0;
}

static int scan(struct holders *h, int proc_fd)
{
	int r;

	h->files = false;
	for (size_t i = 0; i < h->n; i++) {
		h->asked[i].n = 0;
		h->asked[i].more = false;
		h->files |= !h->asked[i].what.name[0];
	}
	h->unseen = 0;
	h->proc_fd = proc_fd;
	r = proc_each_pid(proc_fd, scan_pid, h);
	if (!r)
		h->scanned = h->n;
	return r;
}

int holders_of(struct holders *h, int proc_fd, const struct held *what, struct holder_list *ret)
{
	struct asked *a;
	size_t i;
	int r;

	for (i = 0; i < h->n && !same(&h->asked[i].what, what); i++)
		;
	if (i == h->n) {
		if (h->n == ASKED_MAX)
			return -E2BIG;
		h->asked[h->n++] = (struct asked){.what = *what};
	}
	if (i >= h->scanned) {
		r = scan(h, proc_fd);
		if (r)
			return r;
	}
	a = &h->asked[i];
	a->wanted = true;
	*ret = (struct holder_list){a->pids, a->uses, a->n, a->more, h->unseen};
	return 0;
}
