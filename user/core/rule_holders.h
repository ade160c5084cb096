/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_RULE_HOLDERS_H
#define CORE_RULE_HOLDERS_H

/* Rules that go by how the holder of a lock behaves over several looks, or that there is none. */
#include "finding.h"

/* It only wakes up now and then, at one place, and has held the lock all the time. */
bool is_polling_holder(const struct diagnosis *d, const struct finding *f);

/*
 * Of a root that polls one look tells the least: puts what all of them saw before
 * *doing. Leaves it as it is for any other thread. Returns 0 or -ENOMEM.
 */
int polling_doing(const struct diagnosis *d, const struct finding *f, uint32_t thread,
		  struct arena *a, const char **doing);

/* It could run, and gets no processor. */
bool is_starved_holder(const struct diagnosis *d, const struct finding *f);

/* The lock goes from hand to hand all the time, and the queue for it is long. */
bool is_convoy(const struct diagnosis *d, const struct finding *f);

/* Nobody has it, and yet the same threads sleep for it. */
bool is_lost_wakeup(const struct diagnosis *d, const struct finding *f);

#endif
