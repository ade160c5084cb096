/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TARGET_H
#define TARGET_H

/*
 * Whose threads matter: one process and its descendants, or the whole system
 * (but never ourselves). Edges are followed out of the target; this only says
 * where stalls are looked for.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct target;

/* pid 0: the whole system. Returns 0 or -errno. */
int target_new(int proc_fd, pid_t pid, bool children, struct target **ret);
void target_free(struct target *t);

/* Finds processes that came and went. -ESRCH: the process is gone (its zombie counts as gone). */
int target_refresh(struct target *t);

/* The same, but now and of every process, where target_refresh() may wait for its turn. */
int target_refresh_all(struct target *t);

bool target_has(const struct target *t, pid_t pid);
bool target_is_system(const struct target *t);

/* The processes of a target that is not the whole system, as of the last refresh. */
const pid_t *target_pids(const struct target *t, size_t *ret_n);

#endif
