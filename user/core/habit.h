/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_HABIT_H
#define CORE_HABIT_H

/*
 * Is a wait for work, or for an event, longer than this place has ever seen?
 * Idle workers wait longer than ever each night, so it takes more than that:
 * nobody else waits for the same thing, and the rest of the process goes on as
 * before. It is possible then that something was lost, no more.
 */
#include "verdict.h"

bool habit_is_abnormal(const struct verdict_limits *limits, uint64_t now_ns,
		       const struct fact_wait *w);

#endif
