/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_CHILDREN_H
#define OS_CHILDREN_H

/* Who is whose child, and by which number a process knows another. */
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define CHILDREN_MAX 256

struct children {
	pid_t pids[CHILDREN_MAX]; /* those of one thread: in the order in which they came */
	size_t n;
	bool more;	 /* there are, or there may be, others */
	bool by_process; /* of which thread is not known: these are those of the process */
};

/* Children of a process, or with tid only those of that thread. Returns 0 or -errno. */
int children_of(int proc_fd, pid_t pid, pid_t tid, struct children *ret);

enum children_id { CHILD_PID, CHILD_PGRP };

/*
 * The number of a process, or of its process group, in the PID namespace so
 * many levels below ours (proc_status.ns_depth; 1: ours). 0: it has none there.
 */
pid_t children_id(int proc_fd, pid_t pid, enum children_id which, int depth);

#endif
