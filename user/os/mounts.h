/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_MOUNTS_H
#define OS_MOUNTS_H

/*
 * Which mount a descriptor of a process is on, by /proc/PID/fdinfo/FD and
 * /proc/PID/mountinfo. The mount itself is not touched: that could hang.
 */
#include <stdbool.h>
#include <sys/types.h>

struct os;

/* Names as mountinfo writes them: a blank is \040. */
struct mount {
	unsigned int id;
	unsigned int major, minor; /* of the device; major 0: it has none */
	char at[256];		   /* where the process has it mounted */
	char type[48];		   /* "ext4", "nfs4", "fuse.sshfs" */
	char source[256];	   /* "/dev/vda1", "server:/export" */
};

/* One line, "44 27 8:1 / /mnt rw shared:1 - ext4 /dev/sda1 rw". */
bool mount_parse(const char *line, struct mount *ret);

/* Returns 0, -ENOENT if it is on none that the process sees (a pipe, a socket), or -errno. */
int mount_of_fd(struct os *os, pid_t pid, int fd, struct mount *ret);

bool mount_is_fuse(const struct mount *m);
bool mount_is_network(const struct mount *m); /* another machine serves it, to the kernel */

#endif
