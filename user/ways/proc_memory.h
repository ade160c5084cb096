/* SPDX-License-Identifier: GPL-2.0 */
#ifndef WAYS_PROC_MEMORY_H
#define WAYS_PROC_MEMORY_H

/*
 * What the /proc way remembers of each thread from look to look. Bounded: a
 * thread that was not asked for in two scans is forgotten.
 */
#include <stdint.h>

#include "../core/facts.h"

struct proc_memory;

struct proc_memory_entry {
	struct thread_ref ref;
	uint64_t nvcsw, nivcsw;
	uint64_t first_ns; /* our first sight of it with these switches */
	uint64_t ran_ns;   /* 0: not known */
	uint32_t looks;	   /* with the same switches; 0: a new entry */
	uint32_t scan;
};

int proc_memory_new(struct proc_memory **ret);
void proc_memory_free(struct proc_memory *m);

/* A new scan begins: what the last two did not touch goes. */
void proc_memory_begin(struct proc_memory *m);

/* Finds or makes the entry; NULL if there is no memory. Valid until the next call. */
struct proc_memory_entry *proc_memory_get(struct proc_memory *m, const struct thread_ref *ref);

#endif
