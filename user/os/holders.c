// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "clock.h"
#include "fdinfo.h"
#include "holders_private.h"
#include "proc.h"

/* A pass serves for so many times as long as it took: 2 % of a processor. */
#define KEEP_TIMES  50
#define KEEP_MAX_NS UINT64_C(10000000000)

int holders_new(struct holders **ret)
{
	struct holders *h = calloc(1, sizeof(*h));

	if (!h)
		return -ENOMEM;
	h->look = 1;
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
	/* nobody asks any more: then there is nothing to keep */
	if (!h->used) {
		free(h->rows);
		h->rows = NULL;
		h->n = h->room = 0;
		h->depth = h->wanted = DEPTH_NONE;
	}
	h->used = h->fresh = false;
	h->look++;
}

/* Did the last look ask for it, too? */
static bool asked_again(struct holders *h, const struct held *what)
{
	struct asked *oldest = &h->asked[0];

	for (int i = 0; i < ASKED_MAX; i++) {
		struct asked *a = &h->asked[i];
		bool again = a->look + 1 >= h->look;

		if (a->look && held_same(&a->what, what)) {
			a->look = h->look;
			return again;
		}
		if (a->look < oldest->look)
			oldest = a;
	}
	*oldest = (struct asked){.what = *what, .look = h->look};
	return false;
}

static int pass(struct holders *h, int proc_fd)
{
	uint64_t keep_ns, cpu_ns = os_cpu_ns();
	int r = holders_pass(h, proc_fd, h->wanted);

	keep_ns = (os_cpu_ns() - cpu_ns) * KEEP_TIMES;
	h->fresh = !r;
	h->until_ns = os_now_ns() + (keep_ns < KEEP_MAX_NS ? keep_ns : KEEP_MAX_NS);
	return r;
}

/* Of a socket or a pipe: what a pass of before found may be closed, or another one's by now. */
static bool is_still(int proc_fd, const struct row *row)
{
	char link[HELD_NAME];
	uint64_t inode;

	return !proc_fd_name(proc_fd, row->table, row->fd, link, sizeof(link)) &&
	       holders_row_kind(link, &inode) == row->kind && inode == row->inode;
}

/* How a descriptor may be used: the link to it has the mode that it was opened with. */
static uint8_t uses_of(int proc_fd, struct row *row)
{
	char path[48];
	struct stat st;

	if (row->uses)
		return row->uses;
	snprintf(path, sizeof(path), "%d/fd/%d", row->table, row->fd);
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
	char info[FDINFO_MAX], file[HELD_NAME];
	const char *locks;

	if (holders_row_info(proc_fd, row, info, sizeof(info)) < 0)
		return false;
	locks = strstr(info, "\nlock:");
	snprintf(file, sizeof(file), " %s ", name + strlen(HELD_LOCK));
	return locks && strstr(locks, file);
}

static bool is_file(int proc_fd, const struct row *row, const struct held *what)
{
	struct held held;

	return (row->inode == ANY_INODE || row->inode == what->inode) &&
	       !held_by_fd(proc_fd, row->table, row->fd, &held) && held_same(&held, what);
}

static enum row_kind wanted_kind(const struct held *what, uint64_t *ret_inode)
{
	if (sscanf(what->name, "eventfd:[%" SCNu64 "]", ret_inode) == 1)
		return ROW_EVENTFD;
	if (!what->name[0] || !strncmp(what->name, HELD_LOCK, strlen(HELD_LOCK)))
		return ROW_FILE;
	return holders_row_kind(what->name, ret_inode);
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

/* Who of the rows has it; -ESTALE: it takes a pass to know. */
static int list(struct holders *h, int proc_fd, const struct held *what, enum row_kind kind,
		uint64_t inode, struct holder_list *ret)
{
	*ret = (struct holder_list){.unseen = h->unseen};
	for (size_t i = 0; i < h->n; i++) {
		struct row *row = &h->rows[i];

		if (!is_it(proc_fd, row, what, kind, inode))
			continue;
		if (!h->fresh && !is_still(proc_fd, row))
			return -ESTALE;
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

int holders_of(struct holders *h, int proc_fd, const struct held *what, struct holder_list *ret)
{
	uint64_t inode = 0;
	enum row_kind kind = wanted_kind(what, &inode);
	bool by_link = kind == ROW_SOCKET || kind == ROW_PIPE;
	enum depth depth = by_link ? DEPTH_LINKS : DEPTH_INFO;
	bool kept = asked_again(h, what) && by_link && os_now_ns() < h->until_ns;
	int r = 0;

	h->used = true;
	if (h->wanted < depth)
		h->wanted = depth;
	if (h->depth < depth || (!h->fresh && !kept))
		r = pass(h, proc_fd);
	if (!r)
		r = list(h, proc_fd, what, kind, inode, ret);
	if (r != -ESTALE)
		return r;
	r = pass(h, proc_fd);
	return r ? r : list(h, proc_fd, what, kind, inode, ret);
}
