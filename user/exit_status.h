/* SPDX-License-Identifier: GPL-2.0 */
#ifndef EXIT_STATUS_H
#define EXIT_STATUS_H

#include "core/report.h"

/* What scripts can rely on; listed in locktrace(1). Append, never renumber. */
enum exit_status {
	EXIT_NOTHING_STUCK = 0,
	EXIT_INTERNAL = 1,	 /* out of memory, a fault of ours */
	EXIT_USAGE = 2,		 /* options that make no sense */
	EXIT_STUCK = 3,		 /* something is (or was, while we watched) stuck */
	EXIT_NO_PROCESS = 4,	 /* no such process, or it went before anything could be seen */
	EXIT_PERMISSION = 5,	 /* rights are missing */
	EXIT_UNAVAILABLE = 6,	 /* this way of seeing is not possible here */
	EXIT_TRACE_BROKEN = 7,	 /* truncated or damaged */
	EXIT_OUTPUT = 8,	 /* could not write the report or the record */
	EXIT_IS_THREAD = 9,	 /* the id is a thread's, not a process's */
	EXIT_KERNEL_THREAD = 10, /* has no user side to look at */
	EXIT_SELF = 11,		 /* locktrace does not watch itself */
	EXIT_INIT = 12,		 /* pid 1 with its children is the whole system */
	EXIT_TRACE_FOREIGN = 13, /* not a trace, or not a report, at all */
	EXIT_TRACE_NEWER = 14,	 /* written by a newer locktrace */
	EXIT_INPUT = 15,	 /* the file to read, or a directory, cannot be opened */
	EXIT_CONTENTION = 16,	 /* nothing is stuck, but many wait for long */
};

/* Of a session that went well, by the worst that was told; 0: nothing was. */
static inline int exit_status_of(enum severity worst)
{
	if (worst == SEVERITY_CONTENTION)
		return EXIT_CONTENTION;
	return worst ? EXIT_STUCK : EXIT_NOTHING_STUCK;
}

#endif
