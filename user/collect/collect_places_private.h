/* SPDX-License-Identifier: GPL-2.0 */
#ifndef COLLECT_PLACES_PRIVATE_H
#define COLLECT_PLACES_PRIVATE_H

/* Inside of collect_places*.c. */
#include "collect_places.h"
#include "../probes/probe.h"

struct member {
	struct thread_ref ref;
	uint64_t nvcsw, since_ns;
	uint64_t doubt_ns; /* since_ns may be later than the truth by this */
};

struct members {
	struct member *all;
	size_t n, room;
};

/* What tells places apart, compared as bytes. */
struct place_key {
	uint64_t start; /* of the process, as far as its threads tell: 0 */
	uint64_t pc;
	int64_t pid;
	int32_t syscall;
	uint32_t depth;
};

struct place {
	struct place_key key; /* first: places are found by it */
	struct probe probe;   /* of the waits on it */
	struct members now, before;
	uint32_t looks;		  /* that saw it */
	size_t first;		  /* how many the first of these saw */
	uint32_t arrived, left;	  /* since the last look */
	uint32_t born, born_s;	  /* moments at which its threads were made, and over how long */
	uint32_t young;		  /* threads that parked when they were new, and never since */
	uint32_t moments, stated; /* looks in which some came and none had left */
	bool suspected;		  /* its threads are stated */
	int failed;		  /* so often its stacks could not be read */
	bool differs;		  /* it is more than one place, or cannot be known */
	bool present;
	bool grows; /* or did so once: only of such a place it is told how many are there */
	char name[160];
};

struct places {
	void *tree;
	struct place **all;
	size_t n, room;
};

/* How long the machine was suspended: threads' starts count that, the clock of waits does not. */
uint64_t places_suspended_ns(void);
/* Has it been parked here since it was made? */
bool places_parked_young(const struct member *m, uint64_t suspended_ns);

#endif
