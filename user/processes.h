/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROCESSES_H
#define PROCESSES_H

/* A list of processes as of one moment, in whichever order it was sorted last. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct process {
	pid_t pid, ppid;
	uint64_t start;
	unsigned char asked; /* how often */
	bool member;	     /* of the target */
};

struct processes {
	struct process *list;
	size_t n, room;
};

/* Returns 0 or -ENOMEM. */
int processes_add(struct processes *p, const struct process *one);
void processes_free(struct processes *p);

void processes_sort_by_pid(struct processes *p);
void processes_sort_by_parent(struct processes *p);

/* One of a list that is sorted by pid, or NULL. */
const struct process *processes_find(const struct processes *p, pid_t pid);

/* Where those with that parent begin, in a list that is sorted by parents. */
size_t processes_first_child(const struct processes *p, pid_t ppid);

#endif
