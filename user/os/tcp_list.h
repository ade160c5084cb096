/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_TCP_LIST_H
#define OS_TCP_LIST_H

/*
 * TCP sockets of a network namespace, by /proc/PID/net/tcp and tcp6: which one
 * an inode is, which one is at its other end, who listens. Read at most once a
 * look and namespace, and only if it is asked for; tcp_forget() begins a new
 * look. A table that takes long to read is used again in the looks after.
 */
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* IPv4 as ::ffff:a.b.c.d: a socket of either family may be at the other end. */
struct inet_end {
	struct in6_addr address;
	uint16_t port;
};

/* As in the kernel's enum; those that are asked for. */
enum tcp_state {
	TCP_STATE_ESTABLISHED = 1,
	TCP_STATE_SYN_SENT = 2,
	TCP_STATE_SYN_RECV = 3,
	TCP_STATE_CLOSE_WAIT = 8,
	TCP_STATE_LISTEN = 10,
};

struct tcp_socket {
	uint64_t inode; /* 0: it is nobody's: not accepted yet, or closed */
	struct inet_end local, remote;
	enum tcp_state state;
	bool v6;
	uint32_t unsent; /* bytes that the other end has not acknowledged */
	uint32_t unread; /* bytes to be read here; of a listener: connections to be accepted */
};

struct tcp_tables;

int tcp_new(struct tcp_tables **ret);
void tcp_free(struct tcp_tables *t);
void tcp_forget(struct tcp_tables *t);

/*
 * In the network namespace of pid: the socket with this inode, that at its
 * other end, and the listener that an address leads to. Returns 0, -ENOENT,
 * -E2BIG if there are too many to be read, or -errno.
 */
int tcp_by_inode(struct tcp_tables *t, int proc_fd, pid_t pid, uint64_t inode,
		 struct tcp_socket *ret);
int tcp_other_end(struct tcp_tables *t, int proc_fd, pid_t pid, const struct tcp_socket *own,
		  struct tcp_socket *ret);
/* As tcp_other_end(), in all other namespaces; *ret_pid is a process of the one where it is. */
int tcp_other_end_elsewhere(struct tcp_tables *t, int proc_fd, pid_t pid,
			    const struct tcp_socket *own, struct tcp_socket *ret, pid_t *ret_pid);
/* *ret_only: no other listener could have been meant (SO_REUSEPORT). */
int tcp_listener(struct tcp_tables *t, int proc_fd, pid_t pid, const struct inet_end *to,
		 struct tcp_socket *ret, bool *ret_only);

/* A UDP socket, read anew each time: they are few, and asked for hardly ever. */
int udp_by_inode(int proc_fd, pid_t pid, uint64_t inode, struct tcp_socket *ret);

/* One line of either file. Returns 0, or -EINVAL for the heading and for nonsense. */
int tcp_parse_line(const char *line, bool v6, struct tcp_socket *ret);

bool inet_end_same(const struct inet_end *a, const struct inet_end *b);
bool inet_end_is_loopback(const struct inet_end *e);

#define INET_END_TEXT 64
/* "10.0.0.5:5432", "[fe80::1]:80". */
void inet_end_text(const struct inet_end *e, char buf[INET_END_TEXT]);

#endif
