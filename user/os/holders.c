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

/*
 * One pass a look reads the links of all descriptors, and is kept: what is
 * asked for next is found in it. What a link does not tell (which file, which
 * eventfd, which locks) a second one reads, if anything asks for it.
 */
enum depth { DEPTH_NONE, DEPTH_LINKS, DEPTH_INFO };

enum row_kind { ROW_SOCKET, ROW_PIPE, ROW_OTHER, ROW_EVENTFD, ROW_FILE };

#define ANY_INODE UINT64_MAX /* not told: it may be any */

/* A descriptor. */
struct row {
	uint64_t inode; /* or the eventfd's id */
	pid_t pid, tid; /* tid: whose table, of a process whose first thread has exited */
	int fd;
	uint8_t kind;
	uint8_t uses; /* once it was asked for */
	bool locks;
};

struct holders {
	struct row *rows; /* of this look, by process */
	size_t n, room;
	enum depth depth;
	enum depth wanted; /* by this look: the next begins with it */
	size_t unseen;
	int proc_fd; /* during a pass */
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
	if (!h)
		return;
	free(h->rows);
	free(h);
}

void holders_forget(struct holders *h)
{
	/* nobody asks for long: then there is nothing to keep */
	if (!h->depth) {
		free(h->rows);
		h->rows = NULL;
		h->room = 0;
		h->wanted = DEPTH_NONE;
	}
	h->n = 0;
	h->depth = DEPTH_NONE;
}

/* ---- The pass ---- */

/* A table of descriptors: that of a process, or of one of its threads. */
struct fds {
	struct holders *h;
	pid_t pid, tid;
	char task[32]; /* "306", "306/task/311" */
	int dir;
};

static ssize_t read_info(int proc_fd, const char *task, const char *fd, char *buf, size_t size)
{
	char path[320];

	snprintf(path, sizeof(path), "%s/fdinfo/%s", task, fd);
	return proc_read(proc_fd, path, buf, size);
}

static int add(struct holders *h, const struct row *row)
{
	if (h->n == h->room) {
		size_t room = h->room ? h->room * 2 : 1024;
		struct row *rows = reallocarray(h->rows, room, sizeof(*rows));

		if (!rows)
			return -ENOMEM;
		h->rows = rows;
		h->room = room;
	}
	h->rows[h->n++] = *row;
	return 0;
}

/* fdinfo tells the inode since 5.14, and touches no file. */
static void read_file_info(const struct fds *f, const char *fd, struct row *row)
{
	char info[FDINFO_MAX];

	row->inode = ANY_INODE;
	if (f->h->depth != DEPTH_INFO ||
	    read_info(f->h->proc_fd, f->task, fd, info, sizeof(info)) < 0)
		return;
	if (!fdinfo_number(info, "ino", &row->inode))
		row->inode = ANY_INODE;
	row->locks = strstr(info, "\nlock:");
}

/* All eventfds are one inode; since 5.2 each has a number of its own. */
static bool read_eventfd_info(const struct fds *f, const char *fd, struct row *row)
{
	char info[256];

	return f->h->depth == DEPTH_INFO &&
	       read_info(f->h->proc_fd, f->task, fd, info, sizeof(info)) >= 0 &&
	       fdinfo_number(info, "eventfd-id", &row->inode);
}

static enum row_kind kind_of(const char *link, uint64_t *ret_inode)
{
	*ret_inode = 0;
	if (link[0] == '/')
		return ROW_FILE;
	if (!strcmp(link, "anon_inode:[eventfd]"))
		return ROW_EVENTFD;
	if (sscanf(link, "socket:[%" SCNu64 "]", ret_inode) == 1)
		return ROW_SOCKET;
	return sscanf(link, "pipe:[%" SCNu64 "]", ret_inode) == 1 ? ROW_PIPE : ROW_OTHER;
}

static int note_link(const struct fds *f, const char *fd, const char *link)
{
	struct row row = {.pid = f->pid, .tid = f->tid, .fd = (int)strtol(fd, NULL, 10)};

	row.kind = (uint8_t)kind_of(link, &row.inode);
	if (row.kind == ROW_OTHER || (row.kind == ROW_EVENTFD && !read_eventfd_info(f, fd, &row)))
		return 0;
	if (row.kind == ROW_FILE)
		read_file_info(f, fd, &row);
	return add(f->h, &row);
}

/* Returns how many descriptors are there, or -errno. */
static int scan_fds(struct fds *f)
{
	char path[40], link[HELD_NAME];
	struct dirent *d;
	int n_fds = 0, err = 0;
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
	while (!err && (d = readdir(dir))) {
		ssize_t n = readlinkat(f->dir, d->d_name, link, sizeof(link) - 1);

		if (n <= 0)
			continue;
		link[n] = '\0';
		err = note_link(f, d->d_name, link);
		n_fds++;
	}
	closedir(dir);
	return err ? err : n_fds;
}

static int scan_tid(void *ctx, pid_t tid)
{
	struct fds *f = ctx;

	if (tid == f->pid)
		return 0;
	f->tid = tid;
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

static int scan(struct holders *h, int proc_fd, enum depth depth)
{
	int r;

	h->n = 0;
	h->unseen = 0;
	h->proc_fd = proc_fd;
	h->depth = depth;
	r = proc_each_pid(proc_fd, scan_pid, h);
	if (r)
		h->depth = DEPTH_NONE;
	return r;
}

/* ---- What is asked for ---- */

static void task_of(const struct row *row, char *buf, size_t size)
{
	if (row->tid)
		snprintf(buf, size, "%d/task/%d", row->pid, row->tid);
	else
		snprintf(buf, size, "%d", row->pid);
}

/* How a descriptor may be used: the link to it has the mode that it was opened with. */
static uint8_t uses_of(int proc_fd, struct row *row)
{
	char task[32], path[64];
	struct stat st;

	if (row->uses)
		return row->uses;
	task_of(row, task, sizeof(task));
	snprintf(path, sizeof(path), "%s/fd/%d", task, row->fd);
	if (fstatat(proc_fd, path, &st, AT_SYMLINK_NOFOLLOW))
		row->uses = HOLDER_READS | HOLDER_WRITES;
	else
		row->uses = (st.st_mode & S_IRUSR ? HOLDER_READS : 0) |
			    (st.st_mode & S_IWUSR ? HOLDER_WRITES : 0);
	return row->uses;
}

/* "lock:<tab>1: FLOCK ADVISORY WRITE 306 fe:00:123 0 EOF" names the file of "lock:fe:00:123" */
static bool has_lock(int proc_fd, const struct row *row, const char *name)
{
	char info[FDINFO_MAX], task[32], fd[16], file[HELD_NAME];
	const char *locks;

	task_of(row, task, sizeof(task));
	snprintf(fd, sizeof(fd), "%d", row->fd);
	if (read_info(proc_fd, task, fd, info, sizeof(info)) < 0)
		return false;
	locks = strstr(info, "\nlock:");
	snprintf(file, sizeof(file), " %s ", name + strlen(HELD_LOCK));
	return locks && strstr(locks, file);
}

static bool is_file(int proc_fd, const struct row *row, const struct held *what)
{
	char task[32], path[64], fd[16];
	struct held held = {0};
	int dir, err;

	if (row->inode != ANY_INODE && row->inode != what->inode)
		return false;
	task_of(row, task, sizeof(task));
	snprintf(path, sizeof(path), "%s/fd", task);
	snprintf(fd, sizeof(fd), "%d", row->fd);
	dir = openat(proc_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return false;
	err = held_at(dir, fd, &held);
	close(dir);
	return !err && held_same(&held, what);
}

static enum row_kind wanted_kind(const struct held *what, uint64_t *ret_inode)
{
	if (sscanf(what->name, "eventfd:[%" SCNu64 "]", ret_inode) == 1)
		return ROW_EVENTFD;
	if (!what->name[0] || !strncmp(what->name, HELD_LOCK, strlen(HELD_LOCK)))
		return ROW_FILE;
	return kind_of(what->name, ret_inode);
}

static bool is_it(int proc_fd, const struct row *row, const struct held *what, enum row_kind kind,
		  uint64_t inode)
{
	if (row->kind != kind)
		return false;
	if (kind != ROW_FILE)
		return row->inode == inode;
	return what->name[0] ? row->locks && has_lock(proc_fd, row, what->name)
			     : is_file(proc_fd, row, what);
}

int holders_of(struct holders *h, int proc_fd, const struct held *what, struct holder_list *ret)
{
	uint64_t inode = 0;
	enum row_kind kind = wanted_kind(what, &inode);
	enum depth depth = kind == ROW_SOCKET || kind == ROW_PIPE ? DEPTH_LINKS : DEPTH_INFO;
	int r;

	if (h->wanted < depth)
		h->wanted = depth;
	if (h->depth < depth) {
		r = scan(h, proc_fd, h->wanted);
		if (r)
			return r;
	}
	*ret = (struct holder_list){.unseen = h->unseen};
	for (size_t i = 0; i < h->n; i++) {
		struct row *row = &h->rows[i];

		if (!is_it(proc_fd, row, what, kind, inode))
			continue;
		if (ret->n && ret->pids[ret->n - 1] == row->pid) {
			ret->uses[ret->n - 1] |= uses_of(proc_fd, row);
		} else if (ret->n == HOLDERS_MAX) {
			ret->more = true;
			break;
		} else {
			ret->pids[ret->n] = row->pid;
			ret->uses[ret->n++] = uses_of(proc_fd, row);
		}
	}
	return 0;
}
