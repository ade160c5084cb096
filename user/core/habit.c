// SPDX-License-Identifier: GPL-2.0
#include "habit.h"
#include "verdict_holder.h"

#define ENOUGH_WAITS 32 /* fewer make no habit */
#define TIMES_LONGER 20
#define ENOUGH_CALLS 10 /* of others, since: fewer are no life */

/*
 * Do the others call as often as before, or half as often? What they did before
 * the first wait is counted as well, so that the answer is rather no.
 */
static bool others_go_on(const struct history *h, const struct thread_past *past,
			 const struct fact_wait *w)
{
	uint64_t before_ns = w->since_ns - w->habit.first_ns;
	uint64_t after_ns = h->now_ns - past->wait_seen_ns;
	uint64_t after = w->habit.others - past->others_seen;

	if (w->since_ns <= w->habit.first_ns || w->habit.others < past->others_seen ||
	    after < ENOUGH_CALLS)
		return false;
	return 2.0 * (double)after * (double)before_ns >=
	       (double)past->others_seen * (double)after_ns;
}

bool habit_is_abnormal(const struct verdict_limits *limits, const struct history *h,
		       const struct model_thread *t, const struct model_wait *w)
{
	const struct fact_habit *habit = &w->fact.habit;
	const struct thread_past *past = history_thread(h, t);

	if (habit->waits < ENOUGH_WAITS || !habit->alone || w->fact.quality != SINCE_EXACT)
		return false;
	/* the rate of the others wants some time to be seen in */
	if (verdict_age(h->now_ns, past->wait_seen_ns) < limits->threshold_ns / 2)
		return false;
	return verdict_age(h->now_ns, w->fact.since_ns) / TIMES_LONGER >= habit->longest_ns &&
	       others_go_on(h, past, &w->fact);
}
