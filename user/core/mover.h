/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_MOVER_H
#define CORE_MOVER_H

/*
 * Who moved first: which thread of a stall that was told of is the first that
 * others depended on and that went on. It is seen from what is gone in a look
 * while the rest still stands. Where all of it is gone between two looks, who
 * waited for one root went on because of that, as a rule: then it is inferred,
 * and of a circle nothing can be said.
 */
#include "finding.h"
#include "report.h"

struct mover {
	bool decided;
	size_t thread; /* index in the report's threads, or REPORT_NONE */
	enum evidence evidence;
	const char *how; /* in the report's arena */
};

/* Compares what was told with a look. What is there again forgets what was thought. */
int mover_look(const struct diagnosis *d, const struct report *told, struct arena *a,
	       struct mover *mover);

#endif
