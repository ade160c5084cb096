/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROBES_UNIX_ADDRESS_H
#define PROBES_UNIX_ADDRESS_H

/* Addresses of unix sockets in a target's memory, and their names for the reports. */
#include <stddef.h>

#include "../os/sockets.h"
#include "probe.h"

struct unix_address {
	size_t len;
	char path[UNIX_NAME_MAX]; /* abstract names begin with NUL */
};

/* Returns 0, -EAFNOSUPPORT if it is not a unix address, or -errno. */
int unix_address_read(struct os *os, pid_t pid, uint64_t at, uint64_t len,
		      struct unix_address *ret);

/* Where a datagram of a blocked send goes: to the address in the call, else to the peer. */
int unix_receiver(struct os *os, const struct seen *s, int fd, struct unix_socket *ret);

/* "unix socket /run/x", "unix socket @x", "unix socket 1234 (without a name)". */
#define UNIX_NAME 288
void unix_name(const char *name, size_t len, uint64_t inode, char buf[UNIX_NAME]);

#endif
