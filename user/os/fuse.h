/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_FUSE_H
#define OS_FUSE_H

/*
 * File systems that a process serves. Nothing here touches a file of theirs,
 * for such a touch may hang just like the thread that is looked at.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "../seen.h"

struct os;

struct fuse_mount {
	uint32_t connection; /* number of the device; also in /sys/fs/fuse/connections */
	char type[48];	     /* "fuse.sshfs" */
	char at[256];	     /* where the waiting process has it mounted, as mountinfo writes it */
};

/* Has a request been sent to such a process, and no answer come? Only the kernel's stack tells. */
bool fuse_awaits(const struct seen *s);

/* Which one it is that the thread waits for. -ENOENT: it cannot be told. */
int fuse_mount_of(struct os *os, const struct seen *s, struct fuse_mount *ret);

#define FUSE_SERVERS 16

struct fuse_servers {
	pid_t pids[FUSE_SERVERS];
	size_t n;
	bool told; /* the kernel tells (6.17): these have this very connection */
	bool more; /* there may be others */
};

/* Who serves it, or who might. Returns 0 or -errno. */
int fuse_servers(struct os *os, const struct fuse_mount *m, struct fuse_servers *ret);

#endif
