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
static bool others_go_on(uint64_t now_ns, const struct fact_habit *h)
{
	uint64_t before_ns = verdict_age(h->then_ns, h->first_ns);
	uint64_t after_ns = verdict_age(now_ns, h->then_ns);
	uint64_t after = verdict_age(h->others, h->others_then);

	return after >= ENOUGH_CALLS &&
	       2.0 * (double)after * (double)before_ns >= (double)h->others_then * (double)after_ns;
}

bool habit_is_abnormal(const struct verdict_limits *limits, uint64_t now_ns,
		       const struct fact_wait *w)
{
	const struct fact_habit *habit = &w->habit;

	if (habit->waits < ENOUGH_WAITS || !habit->alone || w->quality != SINCE_EXACT)
		return false;
	/* the rate of the others wants some time to be seen in */
	if (verdict_age(now_ns, habit->then_ns) < limits->threshold_ns / 2)
		return false;
	return verdict_age(now_ns, w->since_ns) / TIMES_LONGER >= habit->longest_ns &&
	       others_go_on(now_ns, habit);
}
