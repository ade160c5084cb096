/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROBES_FILE_LOCK_H
#define PROBES_FILE_LOCK_H

/* Inside of the file_lock probe: what a thread wants locked, and who keeps it. */
#include "../os/file_locks.h"
#include "probe.h"

/* Which sort of lock a blocked thread wants; 0: it is in no such call. */
enum file_lock_sort file_lock_wanted(const struct seen *s);

/*
 * The thread's line in the kernel's list. Returns 0, -ENOENT if there is none
 * (a lock that a file server keeps) or more than one that could be it, or -errno.
 */
int file_lock_find(struct os *os, const struct seen *s, enum file_lock_sort sort,
		   struct file_lock *ret);

/*
 * States the file by state_file(), and who has locks that keep the waiter from
 * what it wants. The wait that it is called with has the class CLASS_LOCK if
 * the workers of a server take turns by this lock.
 */
int file_lock_state(const struct probe_env *env, const struct seen *s, const struct wait *w,
		    const struct file_lock *want,
		    int (*state_file)(const struct probe_env *env, const struct seen *s,
				      const struct wait *w, const struct file_lock *want));

#endif
