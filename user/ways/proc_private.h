/* SPDX-License-Identifier: GPL-2.0 */
#ifndef WAYS_PROC_PRIVATE_H
#define WAYS_PROC_PRIVATE_H

/* Inside of the way by /proc. */
#include "proc_thread.h"
#include "way.h"

#define PF_KTHREAD 0x00200000

struct proc_way {
	struct proc_reader reader;
	const struct target *target;
	pid_t self;
	uint32_t looks;
};

/* proc_scan.c: as way->scan. */
int proc_scan(void *self, uint64_t now_ns, uint64_t min_age_ns, seen_fn emit, void *ctx,
	      uint32_t *ret_threads);

#endif
