/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TARGET_H
#define TARGET_H

/*
 * Whose threads matter: one process or those of a name, a unit or a control
 * group, and their descendants; or the whole system (but never ourselves). Edges are followed out
 * of the target; this only says where stalls are looked for.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct target;

/* One of the first four; none of them: the whole system. Strings are not copied. */
struct target_choice {
	pid_t pid;
	const char *comm;   /* name of the process, as in /proc/PID/comm */
	const char *unit;   /* of systemd, or the id of a container */
	const char *cgroup; /* path of a control group: its processes and those below */
	bool children;	    /* and what descends from them */
};

/* Returns 0 or -errno. Of all but a pid there may be none yet: see target_pids(). */
int target_new_of(int proc_fd, const struct target_choice *choice, struct target **ret);

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
