/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROBES_SYSVSEM_H
#define PROBES_SYSVSEM_H

/* Inside of the probe for SysV semaphores. */
#include "../os/sysvsem.h"
#include "../ways/way.h"
#include "probe.h"

/* What a thread asked for: the operations of one call. */
struct sem_ops {
	uint32_t n;
	struct sem_op op[SEM_OPS_MAX];
};

/* States who could give what op, one of ops, waits for; w->address is the IPC namespace. */
int sysvsem_state_taker(const struct probe_env *env, const struct wait *w,
			const struct sem_ops *ops, const struct sem_op *op,
			const struct sem_state *s, const struct way_semaphore *kernels);

#endif
