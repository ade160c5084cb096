/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_CAST_H
#define CORE_CAST_H

/*
 * Who and what appears in the report of a finding, in which role and order:
 * its roots and members, everybody who is said to hold what they wait for,
 * and what these wait for in turn.
 */
#include "finding.h"
#include "report.h"

struct cast_thread {
	uint32_t thread;
	enum role role;
	uint32_t resource; /* that it is shown to wait for, or NONE */
};

struct cast {
	struct cast_thread *threads; /* root or cycle, then holders, then waiting; by ref */
	size_t n_threads;
	uint32_t *resources; /* in the order in which the threads name them */
	size_t n_resources;
};

/* Memory is arena a's. Returns 0 or -ENOMEM. */
int cast_of(struct diagnosis *d, const struct finding *f, struct arena *a, struct cast *ret);

#endif
