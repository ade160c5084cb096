// SPDX-License-Identifier: GPL-2.0
#include "fuse.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fdinfo.h"
#include "holders.h"
#include "os.h"
#include "proc.h"
#include "reader.h"
#include "syscalls.h"

static bool has_any(const struct seen *s, const char *const *functions)
{
	for (; *functions; functions++)
		if (seen_in_kernel(s, *functions))
			return true;
	return false;
}

static bool in_fuse(const struct seen *s)
{
	for (int i = 0; i < s->n_kframes; i++)
		if (strncmp(s->kframes[i], "fuse_", 5) == 0)
			return true;
	return false;
}

/* To be inside FUSE is not enough: waits for locks are left out of kernel stacks. */
bool fuse_awaits(const struct seen *s)
{
	static const char *const requests[] = {"request_wait_answer",	"__fuse_request_send",
					       "fuse_request_send",	"fuse_simple_request",
					       "__fuse_simple_request", NULL};
	static const char *const pages[] = {"folio_wait_bit_common", "folio_wait_bit",
					    "wait_on_page_bit_common", "wait_on_page_bit", NULL};

	return has_any(s, requests) || (has_any(s, pages) && in_fuse(s));
}

/* ---- which mount ---- */

struct mount {
	unsigned int id;
	struct fuse_mount m;
};

/* "44 27 0:40 / /mnt rw,relatime shared:1 - fuse.sshfs host:/ rw" */
static bool parse_mount(const char *line, struct mount *ret)
{
	const char *dash = strstr(line, " - "), *end = strchr(line, '\n');
	unsigned int major, minor;

	if (!dash || (end && dash > end))
		return false;
	if (sscanf(line, "%u %*u %u:%u %*s %255s", &ret->id, &major, &minor, ret->m.at) != 4 ||
	    sscanf(dash + 3, "%47s", ret->m.type) != 1)
		return false;
	ret->m.connection = major << 20 | minor;
	return strcmp(ret->m.type, "fuse") == 0 || strncmp(ret->m.type, "fuse.", 5) == 0 ||
	       strcmp(ret->m.type, "fuseblk") == 0;
}

/* What the call is about: a descriptor that is on a mount, or a path below it. */
struct target {
	bool by_id;
	uint64_t mnt_id;
	char path[1024];
};

static bool path_arg(int32_t nr, int *ret)
{
	switch (nr) {
	case SYS_openat:
	case SYS_statx:
	case SYS_newfstatat:
	case SYS_faccessat:
	case SYS_unlinkat:
	case SYS_mkdirat:
	case SYS_readlinkat:
		*ret = 1;
		return true;
#ifdef SYS_open
	case SYS_open:
	case SYS_stat:
	case SYS_lstat:
	case SYS_access:
	case SYS_unlink:
	case SYS_mkdir:
	case SYS_rmdir:
	case SYS_readlink:
#endif
	case SYS_execve:
	case SYS_statfs:
		*ret = 0;
		return true;
	default:
		return false;
	}
}

static void find_target(struct os *os, const struct seen *s, struct target *ret)
{
	const struct syscall_info *info = syscall_info(s->syscall);
	char text[FDINFO_MAX];
	ssize_t n;
	int arg;

	*ret = (struct target){.by_id = false};
	if (info && info->on_fd) {
		ret->by_id = fdinfo_read(os->proc_fd, s->ref.pid, (int)s->args[0], text,
					 sizeof(text)) > 0 &&
			     fdinfo_number(text, "mnt_id", &ret->mnt_id);
		return;
	}
	if (!path_arg(s->syscall, &arg) || !os->reader)
		return;
	n = reader_memory(os->reader, s->ref.pid, s->args[arg], ret->path, sizeof(ret->path) - 1);
	if (n <= 0 || ret->path[0] != '/')
		n = 0; /* relative to what, that link may lead through the mount itself */
	ret->path[n] = '\0';
}

static bool is_below(const char *path, const char *at)
{
	size_t len = strlen(at);

	return strncmp(path, at, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

int fuse_mount_of(struct os *os, const struct seen *s, struct fuse_mount *ret)
{
	struct target t;
	struct mount m;
	bool found = false, only = true;
	size_t longest = 0;
	char *text;

	find_target(os, s, &t);
	if (reader_proc_file(os->reader, s->ref.pid, "mountinfo", &text) < 0)
		return -ENOENT;
	for (const char *line = text; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!parse_mount(line, &m))
			continue;
		if (t.by_id ? t.mnt_id == m.id
			    : is_below(t.path, m.m.at) && strlen(m.m.at) >= longest) {
			longest = strlen(m.m.at);
			*ret = m.m;
			found = only = true;
		} else if (!t.by_id && !longest) {
			/* no path to go by: it must be the only one */
			only = !found || ret->connection == m.m.connection;
			*ret = m.m;
			found = true;
			if (!only)
				break;
		}
	}
	free(text);
	return found && only ? 0 : -ENOENT;
}

/* ---- who serves it ---- */

struct search {
	struct os *os;
	pid_t pid;
	uint32_t connection;
	bool told, is_it;
};

static int look_at_fd(void *ctx, pid_t fd)
{
	struct search *c = ctx;
	char name[64], text[1024];
	uint64_t number;

	if (proc_fd_name(c->os->proc_fd, c->pid, fd, name, sizeof(name)) != 0 ||
	    strcmp(name, "/dev/fuse") != 0)
		return 0;
	if (fdinfo_read(c->os->proc_fd, c->pid, fd, text, sizeof(text)) <= 0 ||
	    !fdinfo_number(text, "fuse_connection", &number))
		return 0;
	c->told = true;
	c->is_it |= number == c->connection;
	return c->is_it;
}

/* Does the kernel say whether that process has this connection? */
static void ask_kernel(struct search *c)
{
	char path[32];
	int dir;

	snprintf(path, sizeof(path), "%d/fd", c->pid);
	dir = openat(c->os->proc_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return;
	proc_each_id(dir, look_at_fd, c);
	close(dir);
}

/* Is it called like the file system ("fuse.sshfs"), or was it told to mount there? */
static bool fits(struct os *os, const struct fuse_mount *m, pid_t pid)
{
	struct proc_stat st;
	ssize_t n;
	char *text;
	bool found = false;

	if (strncmp(m->type, "fuse.", 5) == 0 && proc_stat(os->proc_fd, pid, pid, &st) == 0 &&
	    strncmp(m->type + 5, st.comm, 15) == 0)
		return true;
	n = reader_proc_file(os->reader, pid, "cmdline", &text);
	if (n < 0)
		return false;
	for (ssize_t at = 0; at < n && !found; at += (ssize_t)strlen(text + at) + 1)
		found = strcmp(text + at, m->at) == 0;
	free(text);
	return found;
}

static void keep_fitting(struct os *os, const struct fuse_mount *m, struct fuse_servers *ret)
{
	struct fuse_servers fitting = {.more = ret->more};

	for (size_t i = 0; i < ret->n; i++)
		if (fits(os, m, ret->pids[i]))
			fitting.pids[fitting.n++] = ret->pids[i];
	if (fitting.n)
		*ret = fitting;
}

int fuse_servers(struct os *os, const struct fuse_mount *m, struct fuse_servers *ret)
{
	struct holder_list list;
	struct held device;
	struct stat st;
	bool told = false;
	int r;

	*ret = (struct fuse_servers){.n = 0};
	if (stat("/dev/fuse", &st) != 0)
		return -errno;
	device = held_file(st.st_dev, st.st_ino);
	r = holders_of(os->holders, os->proc_fd, &device, &list);
	if (r)
		return r;
	ret->more = list.more || list.unseen;
	for (size_t i = 0; i < list.n; i++) {
		struct search c = {.os = os, .pid = list.pids[i], .connection = m->connection};

		ask_kernel(&c);
		told |= c.told;
		if (c.told && !c.is_it)
			continue;
		if (ret->n == FUSE_SERVERS)
			ret->more = true;
		else
			ret->pids[ret->n++] = list.pids[i];
	}
	ret->told = told;
	if (!told && ret->n > 1)
		keep_fitting(os, m, ret);
	return 0;
}
