/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_SOCKET_HOLDERS_H
#define OS_SOCKET_HOLDERS_H

/*
 * Which processes have a descriptor of a socket: found by reading every link
 * in /proc/PID/fd, which no kernel call does for us. One pass a look at most,
 * for all sockets that were ever asked for.
 */
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct socket_holders;

int socket_holders_new(struct socket_holders **ret);
void socket_holders_free(struct socket_holders *h);
void socket_holders_forget(struct socket_holders *h);

/* As sockets_holders() in sockets.h. */
int socket_holders_of(struct socket_holders *h, int proc_fd, uint64_t inode, const pid_t **ret_pids,
		      size_t *ret_n, size_t *ret_unseen);

#endif
