/* SPDX-License-Identifier: GPL-2.0 */
#ifndef WAYS_LOCK_PROBES_H
#define WAYS_LOCK_PROBES_H

/*
 * Which processes of the target have probes on their lock functions, and where: in
 * each library that has some, as its file is now.
 */
#include <stdbool.h>
#include <stddef.h>

#include "../parser/lock_functions.h"
#include "way.h"

struct bpf_object;
struct bpf_program;

#define LOCK_PROBED_PROCESSES 16		   /* of a family */
#define LOCK_PROBES	      (2 * LOCK_FUNCTIONS) /* libc and, before glibc 2.34, libpthread */

struct lock_probed {
	pid_t pid;
	int group;		 /* of all probes, or -1 */
	int probes[LOCK_PROBES]; /* descriptors */
	size_t n_probes;
};

struct lock_probes {
	const struct way_config *config; /* not owned */
	const struct bpf_program *program[_LOCK_USE_MAX];
	struct lock_probed processes[LOCK_PROBED_PROCESSES];
	size_t n_processes;
	bool began; /* those that were there at the beginning are probed */
};

/* None yet; they will run the programs of that object. */
void lock_probes_new(struct lock_probes *all, const struct way_config *config,
		     const struct bpf_object *object);

/* Probes processes of the target that are new, and forgets those that are gone: 0 or -errno. */
int lock_probes_update(struct lock_probes *all);

void lock_probes_take_off(struct lock_probes *all);

/* Is any process probed? */
bool lock_probes_on(const struct lock_probes *all);

#endif
