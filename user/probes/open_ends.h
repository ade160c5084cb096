/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROBES_OPEN_ENDS_H
#define PROBES_OPEN_ENDS_H

/*
 * Who is at the other end of something that processes have open: of a pipe,
 * of an eventfd.
 *
 * The waiter's own process often has that end as well, inherited and
 * forgotten, so it counts only if nobody else has it, or if one of its threads
 * is seen there.
 */
#include "../os/holders.h"
#include "probe.h"

struct open_end {
	struct held held;
	uint8_t use;	       /* enum holder_use: which descriptors count */
	const char *what;      /* "the read end open": what holders have */
	const char *doing;     /* "reading from it" */
	const char *thing;     /* "the pipe" */
	const char *other_key; /* of a wait at the other end */
	bool vague;	       /* that they have it does not mean that they use it: never exact */
};

int open_ends_state(const struct probe_env *env, const struct seen *s, const struct wait *w,
		    const struct open_end *end);

#endif
