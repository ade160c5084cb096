/* SPDX-License-Identifier: GPL-2.0 */
#ifndef WAYS_SEMAPHORES_H
#define WAYS_SEMAPHORES_H

/*
 * SysV semaphores as the kernel sees them (bpf/semstate.bpf.c), which takes BPF
 * but no hook. Loaded when it is first asked for.
 */
#include "way.h"

struct bpf_object;

struct semaphores {
	struct bpf_object *object;
	bool refused;
};

void semaphores_close(struct semaphores *s); /* a zeroed one is fine */

/* As way->semaphore. */
int semaphores_ask(struct semaphores *s, pid_t tid, uint32_t place, int semid, int num,
		   struct way_semaphore *ret);

#endif
