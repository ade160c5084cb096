/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROBES_WAIT_SITES_H
#define PROBES_WAIT_SITES_H

/*
 * Waits of libraries and languages that have locks of their own: whose it is,
 * and what it is for, by the names of the functions on the waiter's stack. Such
 * a name only describes: no owner is ever read from a lock that is known by it.
 */
#include "../os/wait_table.h"
#include "../seen.h"

struct os;

/*
 * The row for a stack: a user's of any frame, else ours of the innermost frame
 * that has one, or of the pool that this frame parks for. NULL: none.
 */
const struct wait_site *wait_site_of_stack(const struct wait_table *t,
					   const struct fact_stack *stack);

/*
 * The row for a thread's wait, or NULL. Unwinds: only for a thread that is
 * being described, or whose table of the user's has locks.
 */
const struct wait_site *wait_site_of(struct os *os, const struct seen *s);

/* "Rust std: Mutex (lock)" */
#define WAIT_SITE_NAME 96
void wait_site_name(const struct wait_site *site, char buf[WAIT_SITE_NAME]);

#endif
