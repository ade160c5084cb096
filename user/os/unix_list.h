/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_UNIX_LIST_H
#define OS_UNIX_LIST_H

#include <stddef.h>
#include <sys/types.h>

#include "sockets.h"

/* A connection that waits to be accepted. */
struct unix_pending {
	uint64_t client; /* inode */
	uint64_t listener;
};

struct unix_list {
	struct unix_socket *items;
	size_t n, room;
	struct unix_pending *pending; /* by sock_diag alone */
	size_t n_pending, pending_room;
};

/* All unix sockets of our own network namespace, by sock_diag. Returns 0 or -errno. */
int unix_list_diag(struct unix_list *ret);

/* Those of another process's, by /proc/PID/net/unix: names only. Returns 0 or -errno. */
int unix_list_proc(int proc_fd, pid_t pid, struct unix_list *ret);

/* One line of /proc/net/unix. Returns 0, or -EINVAL for the heading and for nonsense. */
int unix_parse_line(const char *line, struct unix_socket *ret);

void unix_list_free(struct unix_list *l);

#endif
