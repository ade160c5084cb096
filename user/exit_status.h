/* SPDX-License-Identifier: GPL-2.0 */
#ifndef EXIT_STATUS_H
#define EXIT_STATUS_H

/* What scripts can rely on; listed in locktrace(1) and in --help. */
enum exit_status {
	EXIT_NOTHING_STUCK = 0,
	EXIT_INTERNAL = 1,    /* out of memory, a fault of ours */
	EXIT_USAGE = 2,	      /* options that make no sense */
	EXIT_STUCK = 3,	      /* something is (or was, while we watched) stuck */
	EXIT_NO_TARGET = 4,   /* no such process, or one that has no user side */
	EXIT_PERMISSION = 5,  /* rights are missing */
	EXIT_UNAVAILABLE = 6, /* this way of seeing is not possible here */
	EXIT_BAD_TRACE = 7,   /* truncated, foreign, or newer than this program */
	EXIT_OUTPUT = 8,      /* could not write the report or the record */
};

#endif
