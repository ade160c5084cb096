/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_SYSVSEM_H
#define OS_SYSVSEM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define SEM_OPS_MAX 64

/* struct sembuf of a call, in the order in which the kernel does them. */
struct sem_op {
	uint16_t num;
	int16_t op;
	int16_t flags;
};

/* What a caller with these operations would block at, and how that semaphore is. */
struct sem_state {
	bool blocks; /* false: it could go on */
	uint32_t at; /* index of the operation that it blocks at */
	int32_t value;
	int32_t needed;	   /* at least so much, or just 0 if it waits for zero */
	pid_t last_pid;	   /* the process that changed its value last, 0: not known */
	int32_t waiting;   /* threads that wait for it to grow */
	int32_t waiting_0; /* ... to become zero */
	uint32_t key;
	uint32_t n_sems; /* in the set */
	int64_t used_s;	 /* the last semop on any of the set, since the epoch; 0: never */
	int64_t set_s;	 /* created, or last set to a value from outside (SETVAL, SETALL) */
};

/*
 * The set that process pid knows as id, and how far ops get, also if it lives
 * in another IPC namespace (which takes CAP_SYS_ADMIN: -EPERM without). -EIDRM
 * or -EINVAL: there is no such set any more. -EACCES: its values may not be
 * read; *ret then has what is known of the set.
 */
int sysvsem_state(int proc_fd, pid_t pid, int id, const struct sem_op *ops, uint32_t n_ops,
		  struct sem_state *ret);

#endif
