/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_SOCKETS_H
#define OS_SOCKETS_H

/*
 * Unix sockets: which one a name leads to, how full it is.
 *
 * The kernel lists its sockets by sock_diag with the inode of the name in the
 * file system and the fill level; without that module, and for another network
 * namespace, /proc/PID/net/unix gives names alone. Lists are read once a look
 * and only if they are asked for; sockets_forget() begins a new look.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct sockets;

#define UNIX_NAME_MAX 108

struct unix_socket {
	uint64_t inode;	     /* of the socket itself: "socket:[1234]" */
	uint64_t peer;	     /* its peer's, 0: none or not known */
	uint32_t name_inode; /* of its name in the file system, low 32 bits; 0: not known */
	uint64_t name_dev;   /* as the kernel numbers devices: major << 20 | minor */
	int type;	     /* SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET */
	bool listens;
	bool connected;	 /* a stream or seqpacket with another end, or one that had one */
	bool unaccepted; /* ... which is still in its listener's queue, and nobody's */
	int64_t queued;	 /* connections, messages or bytes that wait in it; -1: not known */
	int64_t written; /* bytes sent that the other end has not read; -1: not known */
	int64_t backlog; /* of a listener; -1: not known */
	size_t name_len;
	char name[UNIX_NAME_MAX]; /* as bound; abstract names begin with NUL */
};

int sockets_new(struct sockets **ret);
void sockets_free(struct sockets *s);
void sockets_forget(struct sockets *s);

/*
 * The listener that process pid reaches under this name. *ret_sure is false if
 * several listeners have the name and the file system could not tell which one
 * is meant. Returns 0, -ENOENT if none is found, or -errno.
 */
int sockets_listener(struct sockets *s, int proc_fd, pid_t pid, const char *name, size_t len,
		     struct unix_socket *ret, bool *ret_sure);

/* The socket with this inode, or bound to this name, seen from pid. 0, -ENOENT or -errno. */
int sockets_by_inode(struct sockets *s, int proc_fd, pid_t pid, uint64_t inode,
		     struct unix_socket *ret);
int sockets_by_name(struct sockets *s, int proc_fd, pid_t pid, const char *name, size_t len,
		    struct unix_socket *ret);

/*
 * What /proc does not tell of a socket: its peer and how full it is, if it is
 * of another network namespace. What cannot be had stays unknown.
 */
void sockets_complete(struct sockets *s, int proc_fd, pid_t pid, struct unix_socket *u);

/* The listener in whose queue the other end of this client waits to be accepted. */
int sockets_unaccepted(struct sockets *s, int proc_fd, pid_t pid, uint64_t client,
		       struct unix_socket *ret);
#endif
