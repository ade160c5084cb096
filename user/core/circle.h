/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_CIRCLE_H
#define CORE_CIRCLE_H

/*
 * Waits that are no stalls by themselves (for an answer, for a thread to end), but go
 * round in a circle: each can only be ended by the next, who waits likewise. That takes
 * every one of them to be read exactly, with nobody else who could end it; one
 * who may be doing something else is enough for silence.
 */
#include "model.h"

/*
 * Sets idle_circle of all waits, after confirmed and past_threshold were; min_age_ns: what
 * a time limit may yet end is told of only when it is so old. Returns 0 or -ENOMEM. Linear.
 */
int circle_mark(struct model *m, uint64_t min_age_ns);

/* Do these threads wait for nothing but what others should do, at least one for what is no end of a
 * thread? */
bool circle_is_idle(const struct model *m, const uint32_t *threads, uint32_t n);

#endif
