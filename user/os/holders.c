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
#include <unistd.h>

#include "fdinfo.h"
#include "file_locks.h"
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
	/* ... some of what is looked for is known by its inode, by its locks, by its number */
	bool files, locks, eventfds;
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

static ssize_t read_info(const struct fds *f, const char *fd, char *buf, size_t size)
{
	char path[320];

	snprintf(path, sizeof(path), "%s/fdinfo/%s", f->task, fd);
	return proc_read(f->h->proc_fd, path, buf, size);
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

static void note_all(const struct fds *f, const char *fd, const struct held *what)
{
	for (size_t i = 0; i < f->h->n; i++) {
		const struct held *asked = &f->h->asked[i].what;

		if (what->name[0] ? !strcmp(asked->name, what->name) : held_same(asked, what))
			note(&f->h->asked[i], f->pid, uses_of(f, fd));
	}
}

/* Could this be one of the files? fdinfo tells the inode since 5.14, and touches no file. */
static bool may_be_asked(const struct fds *f, const char *info)
{
	uint64_t inode;

	if (!fdinfo_number(info, "ino", &inode))
		return true;
	for (size_t i = 0; i < f->h->n; i++) {
		if (!f->h->asked[i].what.name[0] && f->h->asked[i].what.inode == inode)
			return true;
	}
	return false;
}

/* "lock:<tab>1: FLOCK ADVISORY WRITE 306 fe:00:123 0 EOF" names the file of "lock:fe:00:123" */
static void note_locks(const struct fds *f, const char *fd, const char *info)
{
	char file[HELD_NAME];

	info = strstr(info, "\nlock:");
	for (size_t i = 0; info && i < f->h->n; i++) {
		const char *name = f->h->asked[i].what.name;

		if (strncmp(name, HELD_LOCK, strlen(HELD_LOCK)) != 0)
			continue;
		snprintf(file, sizeof(file), " %s ", name + strlen(HELD_LOCK));
		if (strstr(info, file))
			note(&f->h->asked[i], f->pid, uses_of(f, fd));
	}
}

static void note_file(const struct fds *f, const char *fd)
{
	struct held what = {0};
	char info[FDINFO_MAX];

	if (read_info(f, fd, info, sizeof(info)) < 0)
		return;
	if (f->h->locks)
		note_locks(f, fd, info);
	if (f->h->files && may_be_asked(f, info) && !held_at(f->dir, fd, &what))
		note_all(f, fd, &what);
}

/* All eventfds are one inode; since 5.2 each has a number of its own. */
static void note_eventfd(const struct fds *f, const char *fd)
{
	struct held what;
	char info[256];
	uint64_t id;

	if (read_info(f, fd, info, sizeof(info)) < 0 || !fdinfo_number(info, "eventfd-id", &id))
		return;
	what = held_link("eventfd", id);
	note_all(f, fd, &what);
}

static void note_link(const struct fds *f, const char *fd, const char *link)
{
	struct held what = {0};

	if (link[0] == '/') {
		if (f->h->files || f->h->locks)
			note_file(f, fd);
	} else if (!strcmp(link, "anon_inode:[eventfd]")) {
		if (f->h->eventfds)
			note_eventfd(f, fd);
	} else {
		snprintf(what.name, sizeof(what.name), "%s", link);
		note_all(f, fd, &what);
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
	const char *name;
	int r;

	h->files = h->locks = h->eventfds = false;
	for (size_t i = 0; i < h->n; i++) {
		h->asked[i].n = 0;
		h->asked[i].more = false;
		name = h->asked[i].what.name;
		h->files |= !name[0];
		h->locks |= !strncmp(name, HELD_LOCK, strlen(HELD_LOCK));
		h->eventfds |= !strncmp(name, "eventfd:", 8);
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

	for (i = 0; i < h->n && !held_same(&h->asked[i].what, what); i++)
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
