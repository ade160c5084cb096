/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_RULE_CIRCLES_H
#define CORE_RULE_CIRCLES_H

/* Rules that go by who waits for whom: itself, each other, nobody that could let go. */
#include "finding.h"

bool is_self_deadlock(const struct diagnosis *d, const struct finding *f);

/* ... and its stack tells how it came to that. */
bool is_reentered_in_signal(const struct diagnosis *d, const struct finding *f);
bool is_reentered_callback(const struct diagnosis *d, const struct finding *f);

bool is_deadlock(const struct diagnosis *d, const struct finding *f);

/* The lock is a copy that fork made. */
bool is_copied(const struct diagnosis *d, const struct finding *f);

#endif
