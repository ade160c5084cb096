/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_VERDICT_H
#define CORE_VERDICT_H

/*
 * Is it stuck, or will it go on by itself? Idle is not stuck: most threads of
 * a healthy machine wait all day, some of them for locks. This is the one
 * place that decides which waits accuse anybody.
 *
 * Every resource is called live or not, every hold likewise:
 *
 *	LOCK     live if all its holders are, and they are known
 *	PARK     live if any holder is; with nobody known the waiter is an end
 *	FULL     live if any holder is draining
 *	BACKLOG  never live: what is full for so long is worth telling
 *	EMPTY    as PARK, but a holder that waits for events is no excuse
 *	FILE_LOCK as LOCK, but a holder that waits for events is no excuse
 *	TOKEN    live if any taker is not plainly asleep or stuck
 *	PILE     live unless threads come, and none ever leaves (pile.h)
 *
 * A holder that waits itself is as live as what it waits for; so what is
 * never proven live is a circle or hangs on one. A holder that does not wait
 * is judged by what it does (how that is, depends on the class).
 */
#include "history.h"

struct verdict_limits {
	uint64_t threshold_ns;
	bool asked;	     /* one process is looked at, as somebody suspects it */
	bool once;	     /* few looks will be had, and nothing is told twice */
	bool last;	     /* no look will come after this one: decide */
	bool hurried;	     /* it was the only one: judge by it alone */
	bool include_parked; /* waits for work are told of, too */
};

/*
 * Fills in the members of the model marked "verdict"; may be called again with
 * other limits. Returns 0 or -ENOMEM. Linear.
 */
int verdict_pass(const struct verdict_limits *limits, const struct history *h, struct model *m);

/* How an end of a chain behaves; also for the words of a report. */
enum motion {
	MOTION_UNKNOWN = 1, /* not seen often enough */
	MOTION_NONE,	    /* it did not move at all */
	MOTION_POLLS,	    /* wakes up, and is always at the same place */
	MOTION_MOVES,
};

enum motion verdict_motion(const struct verdict_limits *limits, const struct history *h,
			   const struct model_thread *t);

/* Gone, or as good as. */
bool verdict_is_gone(const struct model_thread *t);

/*
 * A convoy: so many wait at least, and so many looks saw the lock in other hands,
 * at least one of CONVOY_SHARE looks.
 */
#define CONVOY_WAITERS 4
#define CONVOY_CHANGES 3
#define CONVOY_SHARE   2

/* The holders changed while the oldest of the present waits lasted. */
bool verdict_changed_hands(const struct history *h, const struct model_resource *r);

#endif
