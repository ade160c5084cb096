/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SERVICE_METRICS_SELF_H
#define SERVICE_METRICS_SELF_H

/* What this process and its children cost, and have cost in the last minute. */
#include "../report/metrics/metrics.h"

struct cost_sample {
	uint64_t now_ns, cpu_ns;
};

/* Zeroed, it has seen nothing. */
struct metrics_self {
	int proc_fd; /* open root of /proc */
	bool begun;
	struct cost_sample older, newer; /* half a minute apart, or more */
};

/*
 * Of children only those are counted that have ended, where the kernel does not
 * list the others (CONFIG_PROC_CHILDREN): to look through all processes would
 * cost more than what is measured.
 */
void metrics_self_read(struct metrics_self *self, uint64_t now_ns, struct metrics *ret);

#endif
