/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_STARVING_H
#define CORE_STARVING_H

/*
 * A thread that could run in each look, and got next to nothing of a processor
 * in between: others have it, or its control group has used up its quota and
 * gets a little more in each period.
 */
#include "facts.h"
#include "text.h"

/* What the looks saw of it since it was last seen doing anything but run. */
struct starving_past {
	uint32_t looks;
	uint64_t first_ns, last_ns;
	uint64_t first_cpu_ns, last_cpu_ns;
};

struct starving {
	uint64_t got_ns; /* of a processor */
	uint64_t within_ns;
};

void starving_remember(struct starving_past *p, uint64_t now_ns, const struct fact_thread *t);

/* Does it starve, as far as so many looks tell? */
bool starving_of(const struct starving_past *p, struct starving *ret);

/* "runnable, but got a processor for 3 ms in 2.1 s" */
void starving_words(const struct starving *s, struct text *t);

#endif
