/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROBES_SOCKET_END_H
#define PROBES_SOCKET_END_H

/*
 * What all probes of sockets share: which socket a descriptor is, and who has
 * the one at the other side.
 */
#include "probe.h"

/* A call that blocks on a socket: which one, and to which side. */
enum socket_side { SOCKET_NONE = 0, SOCKET_SENDS = 1, SOCKET_RECEIVES = 2 };

/*
 * By the call alone: SOCKET_SENDS or SOCKET_RECEIVES and the descriptor, or
 * SOCKET_NONE. splice() is at two descriptors; sends says which one is meant.
 */
enum socket_side socket_call(const struct seen *s, bool sends, int *ret_fd);

/*
 * Must call and socket tell alone? True if the kernel's stack is hidden; /proc
 * may then still name the function that sleeps, which has to be one of these
 * (ends with NULL).
 */
bool socket_stack_hidden(const struct seen *s, const char *const *sleepers);

/* The inode of the socket that is pid's descriptor fd. 0, -ENOTSOCK or -errno. */
int socket_inode(struct os *os, pid_t pid, int fd, uint64_t *ret);

struct socket_end {
	uint64_t inode;
	const char *what;  /* "the listening socket", "the other end" */
	bool sure;	   /* it is this socket and no other that is waited for */
	const char *doubt; /* else: why, after "has WHAT" */
};

/*
 * States those who could end the wait: the processes that have a descriptor of that
 * socket, or of one with many threads the only one that can be meant.
 */
int socket_end_state(const struct probe_env *env, const struct seen *s, const struct wait *w,
		     const struct socket_end *end);

#endif
