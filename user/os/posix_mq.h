/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_POSIX_MQ_H
#define OS_POSIX_MQ_H

#include <stdint.h>
#include <sys/types.h>

struct posix_mq {
	int64_t messages, max_messages;
	int64_t bytes;	     /* in all of them; -1: not known */
	int64_t max_message; /* bytes one of them may have */
};

/*
 * The POSIX message queue that fd of process pid leads to, also if it is in
 * another IPC namespace and its file system is mounted nowhere. Takes the right
 * to read the queue. Returns 0, -ENOTSUP if it is no such queue, or -errno.
 */
int posix_mq_state(int proc_fd, pid_t pid, int fd, struct posix_mq *ret);

#endif
