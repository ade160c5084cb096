/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_TCP_DIAG_H
#define OS_TCP_DIAG_H

/*
 * How many connections may wait in a TCP listener: the one thing about it that
 * only sock_diag tells.
 */
#include "tcp_list.h"

struct tcp_backlog {
	uint32_t queued, limit;
};

/*
 * In the network namespace of pid; for another one than ours a child enters it
 * (CAP_SYS_ADMIN). Returns 0, -ENOENT if another listener came up, or -errno.
 */
int tcp_backlog(int proc_fd, pid_t pid, const struct tcp_socket *listener, struct tcp_backlog *ret);

#endif
