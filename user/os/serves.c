// SPDX-License-Identifier: GPL-2.0
#include "serves.h"

#include <inttypes.h>
#include <stdio.h>

#include "os.h"
#include "proc.h"
#include "sockets.h"
#include "tcp_list.h"

struct search {
	struct os *os;
	pid_t pid;
};

static int listens(void *ctx, int fd)
{
	const struct search *s = ctx;
	struct unix_socket u;
	struct tcp_socket t;
	uint64_t inode;
	char link[64];

	if (proc_fd_name(s->os->proc_fd, s->pid, fd, link, sizeof(link)) ||
	    sscanf(link, "socket:[%" SCNu64 "]", &inode) != 1)
		return 0;
	if (!sockets_by_inode(s->os->sockets, s->os->proc_fd, s->pid, inode, &u))
		return u.listens;
	return !tcp_by_inode(s->os->tcp, s->os->proc_fd, s->pid, inode, &t) &&
	       t.state == TCP_STATE_LISTEN;
}

bool serves(struct os *os, pid_t pid)
{
	struct search s = {.os = os, .pid = pid};

	return proc_each_fd(os->proc_fd, pid, listens, &s) == 1;
}
