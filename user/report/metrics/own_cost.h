/* SPDX-License-Identifier: GPL-2.0 */
#ifndef REPORT_OWN_COST_H
#define REPORT_OWN_COST_H

/* What a watch has cost, in one line. Pure. */
#include "metrics.h"

#define OWN_COST 768

/*
 * "0.31 % of a CPU (1.2 s in 6m), 14.0 MiB; hooks 0.02 %...": of processes, facts
 * and costs. lost: of all that could not be seen, how often.
 */
const char *own_cost_words(const struct metrics *m, uint64_t lasted_ns, uint64_t lost,
			   char buf[OWN_COST]);

#endif
