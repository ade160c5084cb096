/* SPDX-License-Identifier: GPL-2.0 */
#ifndef WAYS_UPROBE_H
#define WAYS_UPROBE_H

/*
 * A probe of one process, by a perf event that stays disabled. The kernel runs the program
 * all the same: the breakpoint is there while the event is. An event that is enabled would
 * also be put on and taken off whenever that thread of the process comes and goes, and one
 * that is disabled is still looked at then, but for those that belong to a group whose first
 * one is disabled (docs/cost.md).
 */
#include <stdint.h>
#include <sys/types.h>

/* The first one of a group: counts nothing. Returns a descriptor to be closed, or -errno. */
int uprobe_group(pid_t pid);

struct uprobe_place {
	pid_t pid;
	int group; /* of that process; -1: none */
	const char *path;
	uint64_t offset;
};

/* Returns a descriptor to be closed, or -errno. Before 5.15 the cookie is dropped. */
int uprobe_attach(int program_fd, const struct uprobe_place *place, uint64_t cookie);

#endif
