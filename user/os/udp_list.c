// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "tcp_list.h"

static int find_in(int proc_fd, pid_t pid, uint64_t inode, bool v6, struct tcp_socket *ret)
{
	char path[48], line[512];
	int fd, r = -ENOENT;
	FILE *f;

	snprintf(path, sizeof(path), "%d/net/%s", pid, v6 ? "udp6" : "udp");
	fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	f = fdopen(fd, "r");
	if (!f) {
		close(fd);
		return -ENOMEM;
	}
	/* the same columns as TCP's */
	while (r && fgets(line, sizeof(line), f)) {
		if (!tcp_parse_line(line, v6, ret) && ret->inode == inode)
			r = 0;
	}
	fclose(f);
	return r;
}

int udp_by_inode(int proc_fd, pid_t pid, uint64_t inode, struct tcp_socket *ret)
{
	int r = find_in(proc_fd, pid, inode, false, ret);

	return r == -ENOENT ? find_in(proc_fd, pid, inode, true, ret) : r;
}
