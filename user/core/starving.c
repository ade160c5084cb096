// SPDX-License-Identifier: GPL-2.0
#include "starving.h"

/*
 * What a thread that is on its processor has used may be told a second late, on
 * a processor that has no tick of its own.
 */
#define LONG_NS 1500000000ULL
#define LOOKS	4
#define SHARE	20 /* less than one part of so many is next to nothing */

void starving_remember(struct starving_past *p, uint64_t now_ns, const struct fact_thread *t)
{
	if (t->activity != ACT_RUNNING || !t->cpu_ns || t->cpu_ns < p->last_cpu_ns) {
		*p = (struct starving_past){0};
		return;
	}
	if (!p->looks++) {
		p->first_ns = now_ns;
		p->first_cpu_ns = t->cpu_ns;
	}
	p->last_ns = now_ns;
	p->last_cpu_ns = t->cpu_ns;
}

bool starving_of(const struct starving_past *p, struct starving *ret)
{
	*ret = (struct starving){
		.got_ns = p->last_cpu_ns - p->first_cpu_ns,
		.within_ns = p->last_ns - p->first_ns,
	};
	return p->looks >= LOOKS && ret->within_ns >= LONG_NS &&
	       ret->got_ns < ret->within_ns / SHARE;
}

void starving_words(const struct starving *s, struct text *t)
{
	text_add(t, "runnable, but ", s->got_ns ? "got" : "did not get", " a processor", NULL);
	if (s->got_ns) {
		text_add(t, " for ", NULL);
		text_age(t, s->got_ns);
	}
	text_add(t, s->got_ns ? " in " : " for ", NULL);
	text_age(t, s->within_ns);
}
