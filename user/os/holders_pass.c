// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fdinfo.h"
#include "holders_private.h"
#include "proc.h"

/* A table of descriptors: that of a process, or of one of its threads. */
struct fds {
	struct holders *h;
	pid_t pid, table;
	int dir;
};

ssize_t holders_row_info(int proc_fd, const struct row *row, char *buf, size_t size)
{
	char path[48];

	snprintf(path, sizeof(path), "%d/fdinfo/%d", row->table, row->fd);
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
static void read_file_info(const struct holders *h, struct row *row)
{
	char info[FDINFO_MAX];

	row->inode = ANY_INODE;
	if (h->depth != DEPTH_INFO || holders_row_info(h->proc_fd, row, info, sizeof(info)) < 0)
		return;
	if (!fdinfo_number(info, "ino", &row->inode))
		row->inode = ANY_INODE;
	row->locks = strstr(info, "\nlock:");
}

/* All eventfds are one inode; since 5.2 each has a number of its own. */
static bool read_eventfd_info(const struct holders *h, struct row *row)
{
	char info[256];

	return h->depth == DEPTH_INFO &&
	       holders_row_info(h->proc_fd, row, info, sizeof(info)) >= 0 &&
	       fdinfo_number(info, "eventfd-id", &row->inode);
}

enum row_kind holders_row_kind(const char *link, uint64_t *ret_inode)
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

static int note_link(const struct fds *f, int fd, const char *link)
{
	struct row row = {.pid = f->pid, .table = f->table, .fd = fd};

	row.kind = (uint8_t)holders_row_kind(link, &row.inode);
	if (row.kind == ROW_OTHER || (row.kind == ROW_EVENTFD && !read_eventfd_info(f->h, &row)))
		return 0;
	if (row.kind == ROW_FILE)
		read_file_info(f->h, &row);
	return add(f->h, &row);
}

/* Returns how many descriptors are there, or -errno. */
static int scan_fds(struct fds *f)
{
	char path[40], link[HELD_NAME];
	struct dirent *d;
	int n_fds = 0, err = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%d/fd", f->table);
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
		err = note_link(f, (int)strtol(d->d_name, NULL, 10), link);
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
	f->table = tid;
	return scan_fds(f) > 0;
}

static int scan_pid(void *ctx, pid_t pid)
{
	struct holders *h = ctx;
	struct fds f = {.h = h, .pid = pid, .table = pid};
	int n = scan_fds(&f);

	if (n == -ENOMEM)
		return n;
	/* the first thread has exited, and has left the table to the others */
	if (!n)
		proc_each_tid(h->proc_fd, pid, scan_tid, &f);
	h->unseen += n < 0 && n != -ENOENT && n != -ESRCH;
	return 0;
}

int holders_pass(struct holders *h, int proc_fd, enum depth depth)
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
