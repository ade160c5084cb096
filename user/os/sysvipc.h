/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_SYSVIPC_H
#define OS_SYSVIPC_H

#include <stdint.h>
#include <sys/types.h>

struct msg_queue {
	uint32_t key;
	uint64_t messages;
	uint64_t bytes, max_bytes;
	pid_t last_sender, last_receiver; /* processes, in our PID namespace; 0: none yet */
	int64_t sent_s, received_s;	  /* since the epoch; 0: never */
};

/*
 * The SysV message queue that process pid knows as id, also if it lives in
 * another IPC namespace (which takes CAP_SYS_ADMIN: -EPERM without). -EIDRM or
 * -EINVAL: there is no such queue any more.
 */
int sysvipc_queue(int proc_fd, pid_t pid, int id, struct msg_queue *ret);

#endif
