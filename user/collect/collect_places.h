/* SPDX-License-Identifier: GPL-2.0 */
#ifndef COLLECT_PLACES_H
#define COLLECT_PLACES_H

/*
 * Part of the collector: places in a program where many threads are parked.
 * A healthy pool is one as well, so each is only counted from look to look: how
 * many came, how many left. Where threads come and none ever leaves, they are
 * stated as waits on that place; whether that is a pile-up is the core's to say.
 *
 * Threads of one process are at one place if they are in the same call, with the
 * same pc, and the same distance between their stack pointer and a page's end
 * (of stacks that begin alike). Stacks of some of them are compared before they
 * are stated.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct collector;
struct places;
struct seen;
struct wait;

/* NULL: no memory. */
struct places *places_new(void);
void places_free(struct places *p); /* NULL is fine */

/* A new look begins. */
void places_begin(struct places *p);

/*
 * A parked thread, since since_ns (0: not known). Returns 1 if it is to be
 * stated, with *w changed to a wait on its place, 0 if not, or -ENOMEM.
 */
int places_take(struct places *p, const struct seen *s, uint64_t since_ns, struct wait *w);

/* All parked threads were taken: what came and what left since the last look. */
int places_end(struct collector *c);

/* How many threads of it have been parked since they were made, of those that were taken. */
uint32_t places_unused(const struct places *p, pid_t pid);

/* States the places that are counted, but whose threads are not stated. */
int places_state(struct collector *c);

#endif
