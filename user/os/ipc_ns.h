/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_IPC_NS_H
#define OS_IPC_NS_H

/*
 * The number of a SysV queue or set means what it means in the IPC namespace
 * of the process that uses it.
 */
#include <stddef.h>
#include <sys/types.h>

/*
 * Runs ask(question, answer) in the IPC namespace of process pid: here if that
 * is ours, else in a short-lived child that enters it, which takes
 * CAP_SYS_ADMIN (-EPERM without). ask() must not use the heap or a lock.
 * Process ids in the answer are those of our own PID namespace either way: the
 * child stays in it. Returns what ask() returned, or -errno.
 */
int ipc_ns_ask(int proc_fd, pid_t pid, int (*ask)(const void *question, void *answer),
	       const void *question, void *answer, size_t size);

#endif
