/* SPDX-License-Identifier: GPL-2.0 */
#ifndef COLLECT_STANDSTILL_H
#define COLLECT_STANDSTILL_H

/*
 * Processes of which every thread waits, without a time limit, for what only another
 * thread of the same process can do: none of them goes on, unless a signal comes. A lock
 * that names no owner, and on which threads are parked for hours in a healthy process, is
 * then as stuck as any.
 */
#include "collect_private.h"

struct standstills *standstills_new(void); /* NULL: no memory */
void standstills_free(struct standstills *p);

void standstills_begin(struct standstills *p);

/* One thread in a wait that has lasted. */
void standstills_take(struct collector *c, const struct seen *s, const struct wait *w);

/* All are seen: those of such processes that wait for locks become nodes. 0 or -errno. */
int standstills_end(struct collector *c);

#endif
