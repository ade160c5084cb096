/* SPDX-License-Identifier: GPL-2.0 */
#ifndef COLLECT_REENTRY_H
#define COLLECT_REENTRY_H

/*
 * Part of the collector: threads that wait for a lock that they have themselves,
 * where only their stacks tell (core/reentry.h). Stacks cost, so each look
 * examines a few waits that have lasted, and each wait is examined once.
 */
#include <stdbool.h>
#include <stdint.h>

struct collector;
struct description;
struct node;
struct reentries;
struct seen;
struct wait;

/* NULL: no memory. */
struct reentries *reentries_new(void);
void reentries_free(struct reentries *r); /* NULL is fine */

/* A new look begins. */
void reentries_begin(struct reentries *r);

/*
 * A wait that looks like parking, and has lasted since since_ns (0: not known):
 * is it one for a lock that the thread has itself?
 */
bool reentry_suspected(struct collector *c, const struct seen *s, const struct wait *w,
		       uint64_t since_ns, uint64_t now_ns);

/*
 * What was described is waited for by node: if nobody is known to hold it but
 * node's stack says that it is node itself, that is added; and if it is known
 * to be node, how it came to that. Returns 0 or -ENOMEM.
 */
int reentry_amend(struct collector *c, const struct node *node, struct description *d);

#endif
