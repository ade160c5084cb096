/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_REENTRY_H
#define CORE_REENTRY_H

/*
 * Does a thread wait for a lock that it has itself? Many locks name no owner,
 * but the stack of who waits may tell: below the function that waits for a lock
 * lies one of the same library or type, and between the two is code of somebody
 * else, that was called back.
 *
 *	parking_lot_core::parking_lot::park
 *	dashmap::lock::RawRwLock::lock_shared_slow	the lock
 *	dashmap::DashMap::len
 *	app::evict::{closure}				somebody else's code
 *	dashmap::DashMap::retain			the same library
 *
 * It goes by the names of functions alone, whatever the program is. That the
 * outer function has the lock while it calls back is not proven by this.
 */
#include "facts.h"

#define REENTRY_NAME 128

struct reentry {
	char family[REENTRY_NAME]; /* "dashmap", "app::Registry" */
	char inner[REENTRY_NAME];  /* the function of it that waits */
	char outer[REENTRY_NAME];  /* ... and the one that called back */
};

bool reentry_find(const struct fact_stack *stack, struct reentry *ret);

/*
 * May it be this thread that has a lock of the family? One that is in none of
 * its functions, or only waits for it, may not.
 */
bool reentry_is_rival(const struct fact_stack *stack, const char *family);

/*
 * Does the thread wait in a signal handler? Then *ret is the function that the
 * signal interrupted; NULL if its name is not known.
 */
bool reentry_in_signal(const struct fact_stack *stack, const char **ret);

#endif
