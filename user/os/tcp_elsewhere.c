// SPDX-License-Identifier: GPL-2.0
/*
 * The other end of a connection in another network namespace of this machine:
 * between containers, as long as nobody translates addresses on the way.
 */
#include <errno.h>

#include "ns.h"
#include "proc.h"
#include "tcp_list.h"

/* Of more containers than this the rest is not searched. */
#define NAMESPACES_MAX 32

struct search {
	struct tcp_tables *tables;
	int proc_fd;
	const struct tcp_socket *own;
	struct tcp_socket *found;
	pid_t pid;
	uint64_t seen[NAMESPACES_MAX];
	size_t n;
};

/* Returns 1 if it is in this process's namespace; the table of each is asked once. */
static int search_pid(void *ctx, pid_t pid)
{
	struct search *s = ctx;
	uint64_t ns;

	if (ns_inode(s->proc_fd, pid, "net", &ns))
		return 0;
	for (size_t i = 0; i < s->n; i++) {
		if (s->seen[i] == ns)
			return 0;
	}
	if (s->n == NAMESPACES_MAX)
		return -E2BIG;
	s->seen[s->n++] = ns;
	if (tcp_other_end(s->tables, s->proc_fd, pid, s->own, s->found))
		return 0;
	s->pid = pid;
	return 1;
}

int tcp_other_end_elsewhere(struct tcp_tables *t, int proc_fd, pid_t pid,
			    const struct tcp_socket *own, struct tcp_socket *ret, pid_t *ret_pid)
{
	struct search s = {.tables = t, .proc_fd = proc_fd, .own = own, .found = ret};

	/* every namespace has its own loopback */
	if (inet_end_is_loopback(&own->remote) || ns_inode(proc_fd, pid, "net", &s.seen[0]))
		return -ENOENT;
	s.n = 1;
	if (proc_each_pid(proc_fd, search_pid, &s) != 1)
		return -ENOENT;
	*ret_pid = s.pid;
	return 0;
}
