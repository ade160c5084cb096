/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_NS_H
#define OS_NS_H

/*
 * Namespaces. A thread's id in a lock word, and the number of a queue, mean
 * what they mean in the namespace of the process that uses them.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "../core/facts.h"

/* The inode that names a namespace ("ipc", "net", "pid") of a process; pid 0: our own. */
int ns_inode(int proc_fd, pid_t pid, const char *which, uint64_t *ret);

/*
 * Are we in the machine's first PID namespace, and is this /proc its own? Otherwise
 * there may be processes that we do not see.
 */
bool ns_see_all_pids(int proc_fd);

/*
 * The live thread that process pid knows as tid. With same_process it must be
 * one of its own. Returns 0, or -ESRCH if there is none (a thread that has
 * exited and was not reaped is none), or -errno.
 */
int ns_find_thread(int proc_fd, pid_t pid, pid_t tid, bool same_process, struct thread_ref *ret);

#endif
