// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "proc.h"
#include "socket_holders.h"

/* Sockets that a look may ask about; each is a stalled listener, so these are few. */
#define ASKED_MAX 64

/* Past this many the list is cut: nobody reads on, and none of them is "the" holder. */
#define PIDS_MAX 64

struct asked {
	uint64_t inode;
	bool wanted; /* in this look */
	size_t n;
	pid_t pids[PIDS_MAX];
};

struct socket_holders {
	size_t n;
	struct asked asked[ASKED_MAX];
	size_t scanned; /* the first so many have been looked for in this look */
	size_t unseen;
	int proc_fd; /* during a scan */
};

int socket_holders_new(struct socket_holders **ret)
{
	struct socket_holders *h = calloc(1, sizeof(*h));

	if (!h)
		return -ENOMEM;
	*ret = h;
	return 0;
}

void socket_holders_free(struct socket_holders *h)
{
	free(h);
}

/* What this look asked for the next will ask for too: one pass then finds all of them. */
void socket_holders_forget(struct socket_holders *h)
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

static void note_link(struct socket_holders *h, pid_t pid, const char *link)
{
	uint64_t inode;

	if (sscanf(link, "socket:[%" SCNu64 "]", &inode) != 1)
		return;
	for (size_t i = 0; i < h->n; i++) {
		struct asked *a = &h->asked[i];

		if (a->inode != inode || a->n == PIDS_MAX)
			continue;
		if (!a->n || a->pids[a->n - 1] != pid)
			a->pids[a->n++] = pid;
	}
}

static int scan_pid(void *ctx, pid_t pid)
{
	struct socket_holders *h = ctx;
	char path[32], link[64];
	struct dirent *d;
	int fd;
	DIR *dir;

	snprintf(path, sizeof(path), "%d/fd", pid);
	fd = openat(h->proc_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		h->unseen += errno != ENOENT && errno != ESRCH;
		return 0;
	}
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return -ENOMEM;
	}
	while ((d = readdir(dir))) {
		ssize_t n = readlinkat(fd, d->d_name, link, sizeof(link) - 1);

		if (n <= 0)
			continue;
		link[n] = '\0';
		note_link(h, pid, link);
	}
	closedir(dir);
	return 0;
}

static int scan(struct socket_holders *h, int proc_fd)
{
	int r;

	for (size_t i = 0; i < h->n; i++)
		h->asked[i].n = 0;
	h->unseen = 0;
	h->proc_fd = proc_fd;
	r = proc_each_pid(proc_fd, scan_pid, h);
	if (!r)
		h->scanned = h->n;
	return r;
}

int socket_holders_of(struct socket_holders *h, int proc_fd, uint64_t inode, const pid_t **ret_pids,
		      size_t *ret_n, size_t *ret_unseen)
{
	size_t i;
	int r;

	for (i = 0; i < h->n && h->asked[i].inode != inode; i++)
		;
	if (i == h->n) {
		if (h->n == ASKED_MAX)
			return -E2BIG;
		h->asked[h->n++] = (struct asked){.inode = inode};
	}
	if (i >= h->scanned) {
		r = scan(h, proc_fd);
		if (r)
			return r;
	}
	h->asked[i].wanted = true;
	*ret_pids = h->asked[i].pids;
	*ret_n = h->asked[i].n;
	*ret_unseen = h->unseen;
	return 0;
}
