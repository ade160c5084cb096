/* SPDX-License-Identifier: GPL-2.0 */
#ifndef WAYS_HABITS_H
#define WAYS_HABITS_H

/* Part of handovers.c: how threads waited before where they wait now, and what others did since. */
#include "way.h"

struct lt_task_handovers;

/* How far its process was when a thread began its present wait. */
struct start {
	int32_t tid;
	uint64_t began_ns;
	uint64_t calls; /* of all its threads */
	uint64_t own;	/* of these, its own */
	uint64_t at_ns;
};

struct starts {
	struct start *all; /* by thread */
	size_t n;
};

/* A new scan: notes which waits have begun since the last one. Returns 0 or -ENOMEM. */
int habits_note(struct starts *s, const struct lt_task_handovers *threads, size_t n_threads);
void habits_free(struct starts *s);

/* As way->habit. */
int habits_find(const struct starts *starts, const struct lt_task_handovers *threads,
		size_t n_threads, const struct seen *s, struct way_habit *ret);

#endif
