/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_BUILD_REPORT_PRIVATE_H
#define CORE_BUILD_REPORT_PRIVATE_H

#include "build_report.h"
#include "stack_set.h"

/* A report while it is built. */
struct builder {
	struct arena *arena;
	struct diagnosis *d;
	const struct telling *telling;
	struct report *report;
	struct report_thread *threads;
	struct report_resource *resources;
	struct stack_set stacks;
	const char *from, *to; /* the newest text that was copied: neighbours often share it */
};

/* Who and what is in it, by the telling's cast. Returns 0 or -ENOMEM. */
int build_cast(struct builder *b);

#endif
