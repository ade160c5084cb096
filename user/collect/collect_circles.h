/* SPDX-License-Identifier: GPL-2.0 */
#ifndef COLLECT_CIRCLES_H
#define COLLECT_CIRCLES_H

/*
 * Part of the collector: circles of threads of which each waits for what the next
 * one should do (an answer, a byte in a pipe, its end), and nothing else. Each of these
 * waits is like those of healthy threads, so no other look goes where they lead. Here
 * each that has lasted is followed once in a while, as long as it is known exactly who
 * is meant, and if that comes back to the thread that it began at, all of them are stated.
 */
#include <stdbool.h>
#include <stdint.h>

struct circles;
struct collector;
struct seen;
struct wait;

/* NULL: no memory. */
struct circles *circles_new(void);
void circles_free(struct circles *p); /* NULL is fine */

/* A new look begins. */
void circles_begin(struct collector *c);

/*
 * A thread that waits for somebody else to do something, since since_ns (0: not known).
 * Returns 0 or -ENOMEM.
 */
int circles_take(struct collector *c, const struct seen *s, const struct wait *w, uint64_t since_ns,
		 uint64_t now_ns);

/* All threads were taken: those in a circle become nodes. Returns 0 or -errno. */
int circles_end(struct collector *c);

#endif
