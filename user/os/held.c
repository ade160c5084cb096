// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "file_locks.h"
#include "holders.h"

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

struct held held_lock(const struct file_id *file)
{
	struct held ret = {0};

	snprintf(ret.name, sizeof(ret.name), HELD_LOCK "%02x:%02x:%" PRIu64, file->major,
		 file->minor, file->inode);
	return ret;
}

bool held_same(const struct held *a, const struct held *b)
{
	return a->inode == b->inode && a->dev == b->dev && !strcmp(a->name, b->name);
}

/* The kernel answers from what it has: no server is asked, and what fd leads to is not opened. */
static int held_at(int dir_fd, const char *path, struct held *ret)
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
	return held_at(proc_fd, path, ret);
}

bool held_is_fifo(int proc_fd, pid_t pid, int fd)
{
	char path[48];
	struct statx st;

	snprintf(path, sizeof(path), "%d/fd/%d", pid, fd);
	return !statx(proc_fd, path, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_TYPE, &st) &&
	       S_ISFIFO(st.stx_mode);
}
