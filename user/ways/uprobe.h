/* SPDX-License-Identifier: GPL-2.0 */
#ifndef WAYS_UPROBE_H
#define WAYS_UPROBE_H

/*
 * A probe of one process, by a perf event that stays disabled. The kernel runs the program
 * all the same: the breakpoint is there while the event is. An event that is enabled would
 * also be put on and taken off whenever that thread of the process comes and goes, some
 * 130 instructions for each probe; libbpf enables them.
 */
#include <stdint.h>
#include <sys/types.h>

/* Returns a descriptor to be closed, or -errno. Before 5.15 the cookie is dropped. */
int uprobe_attach(int program_fd, pid_t pid, const char *path, uint64_t offset, uint64_t cookie);

#endif
