/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_FILTER_H
#define CORE_FILTER_H

/*
 * A filter: a text that says which stalls are meant. It is the same on a
 * command line and in a file:
 *
 *	rule=slow-holder
 *	unit=backup*.service,rule=file-lock-held	both must hold
 *
 *	rule		name of a rule
 *	severity	stall or contention
 *	signature	a signature, or six or more of its first characters
 *	comm		name of a process, as in /proc/PID/comm
 *	exe		base name of its executable
 *	unit		systemd unit, with or without .service, or container
 *	cgroup		path of a control group; those below it are meant too
 *
 * The last four are patterns as of glob(7), in which * stands for slashes too.
 * A comma that belongs to a value is written "\,".
 */
#include <stdbool.h>
#include <stddef.h>

#include "report.h"

struct filter;

struct filter_error {
	size_t at;	 /* offset in the text */
	const char *why; /* goes on a sentence: "there is no rule of that name" */
};

/*
 * What a filter says of processes is asked of
 *
 * OF_ROOTS	the root blocker, each member of a circle; each who waits, where
 *		no root is known. All must fit: to silence a process must not
 *		hide what others do.
 * OF_ANY	anybody in the report; one must fit.
 */
enum filter_whose { FILTER_OF_ROOTS, FILTER_OF_ANY };

/* Returns 0 and sets *ret, -EINVAL and fills *ret_error, or -ENOMEM. */
int filter_parse(const char *text, struct filter **ret, struct filter_error *ret_error);
void filter_free(struct filter *f); /* NULL is fine */

/* As it was written. */
const char *filter_text(const struct filter *f);

bool filter_matches(const struct filter *f, enum filter_whose whose, const struct report *r);

#endif
