// SPDX-License-Identifier: GPL-2.0
#include "polling.h"

/* Of its time, what a thread that only looks whether something has come may need. */
#define CPU_SHARE 5

/* One look in so many may see it elsewhere: it takes its mutex again, say. */
#define STRAYS 8

static void begin(struct polling_past *p, uint64_t now_ns, const struct fact_thread *t)
{
	*p = (struct polling_past){
		.syscall = t->syscall,
		.sp = t->sp,
		.first_ns = now_ns,
		.first_nvcsw = t->nvcsw,
		.first_cpu_ns = t->cpu_ns,
	};
}

void polling_remember(struct polling_past *p, uint64_t now_ns, const struct fact_thread *t)
{
	bool here = t->timed && t->sp && t->syscall == p->syscall && t->sp == p->sp;

	/* caught between two waits: whether that is long, its use of the processor tells */
	if (t->activity == ACT_RUNNING && p->looks)
		return;
	if (!here && p->looks && ++p->strays * STRAYS <= p->looks)
		return;
	if (!t->timed || !t->sp) {
		*p = (struct polling_past){0};
		return;
	}
	if (!here || !p->looks)
		begin(p, now_ns, t);
	p->looks++;
	p->last_ns = now_ns;
	p->last_nvcsw = t->nvcsw;
	p->last_cpu_ns = t->cpu_ns;
	if (t->left_ns > p->left_ns)
		p->left_ns = t->left_ns;
}

bool polling_of(const struct polling_past *p, struct polling *ret)
{
	uint64_t ran_ns = p->last_cpu_ns - p->first_cpu_ns;

	if (p->looks < 2 || p->last_nvcsw < p->first_nvcsw + 2 || p->last_ns <= p->first_ns)
		return false;
	*ret = (struct polling){
		.times = p->last_nvcsw - p->first_nvcsw,
		.within_ns = p->last_ns - p->first_ns,
		.looks = p->looks,
	};
	ret->every_ns = ret->within_ns / ret->times;
	if (p->first_cpu_ns && p->last_cpu_ns && ran_ns > ret->within_ns / CPU_SHARE)
		return false;
	/* it is not the time that wakes it, but somebody */
	return p->left_ns <= 4 * ret->every_ns;
}

void polling_words(const struct polling *p, struct text *t)
{
	text_add(t, "polls in timed waits of ", NULL);
	text_age(t, p->every_ns);
	text_add(t, " at the same place (", NULL);
	text_number(t, p->times);
	text_add(t, " times in ", NULL);
	text_age(t, p->within_ns);
	text_add(t, ")", NULL);
}
