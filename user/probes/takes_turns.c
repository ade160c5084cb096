// SPDX-License-Identifier: GPL-2.0
#include "takes_turns.h"

#include <inttypes.h>
#include <stdio.h>

#include "../os/doing.h"
#include "../os/os.h"
#include "../os/proc.h"
#include "../os/sockets.h"
#include "../os/tcp_list.h"
#include "../ways/way.h"

/* A worker has its server's few listeners among its first descriptors. */
#define LISTENERS_MAX 32

struct turns {
	const struct probe_env *env;
	pid_t pid; /* whose descriptors or threads are gone through */
	uint64_t listeners[LISTENERS_MAX];
	size_t n;
};

static bool socket_of(const struct turns *t, int fd, uint64_t *ret)
{
	char link[48];

	return !proc_fd_name(t->env->os->proc_fd, t->pid, fd, link, sizeof(link)) &&
	       sscanf(link, "socket:[%" SCNu64 "]", ret) == 1;
}

static bool listens(const struct turns *t, uint64_t inode)
{
	struct os *os = t->env->os;
	struct unix_socket u;
	struct tcp_socket tcp;

	if (!sockets_by_inode(os->sockets, os->proc_fd, t->pid, inode, &u))
		return u.listens;
	return !tcp_by_inode(os->tcp, os->proc_fd, t->pid, inode, &tcp) &&
	       tcp.state == TCP_STATE_LISTEN;
}

static int note_listener(void *ctx, int fd)
{
	struct turns *t = ctx;
	uint64_t inode;

	if (socket_of(t, fd, &inode) && listens(t, inode))
		t->listeners[t->n++] = inode;
	return t->n == LISTENERS_MAX;
}

static int is_shared(void *ctx, int fd)
{
	const struct turns *t = ctx;
	uint64_t inode;

	if (!socket_of(t, fd, &inode))
		return 0;
	for (size_t i = 0; i < t->n; i++) {
		if (t->listeners[i] == inode)
			return 1;
	}
	return 0;
}

static int awaits_events(void *ctx, pid_t tid)
{
	const struct turns *t = ctx;
	struct seen s;

	return !t->env->way->look(t->env->way_self, t->pid, tid, &s) &&
	       doing_activity(t->env->os, &s) == ACT_EVENT_WAIT;
}

bool takes_turns(const struct probe_env *env, pid_t waiter, pid_t holder)
{
	struct turns t = {.env = env, .pid = waiter};
	int proc_fd = env->os->proc_fd;

	if (waiter == holder)
		return false;
	proc_each_fd(proc_fd, waiter, note_listener, &t);
	t.pid = holder;
	return t.n && proc_each_fd(proc_fd, holder, is_shared, &t) == 1 &&
	       proc_each_tid(proc_fd, holder, awaits_events, &t) == 1;
}
