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

/*
 * One socket of another network namespace, by sock_diag in a child that enters
 * it (CAP_SYS_ADMIN). Returns 0, -ENOENT or -errno.
 */
int unix_ask_inside(int proc_fd, pid_t pid, uint64_t inode, struct unix_socket *ret);

/* Those of another process's, by /proc/PID/net/unix: names only. Returns 0 or -errno. */
int unix_list_proc(int proc_fd, pid_t pid, struct unix_list *ret);

/* One line of /proc/net/unix. Returns 0, or -EINVAL for the heading and for nonsense. */
int unix_parse_line(const char *line, struct unix_socket *ret);

/* Return 0, -E2BIG or -ENOMEM. */
int unix_list_add(struct unix_list *l, const struct unix_socket *item);
int unix_list_add_pending(struct unix_list *l, uint64_t client, uint64_t listener);

/* A name as the kernel has it: abstract ones begin with NUL. */
void unix_take_name(struct unix_socket *s, const char *name, size_t len);

void unix_list_free(struct unix_list *l);

#endif
