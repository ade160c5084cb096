/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROBES_OWNER_H
#define PROBES_OWNER_H

/* Inside of owner_state() (futex.h): an owner's id, and what it may mean. */
#include "probe.h"

/* A place in memory that several processes may map. */
struct shared_word {
	uint32_t dev_major, dev_minor;
	uint64_t inode;
};

/* Is addr of pid in memory that is shared with other processes? 1, 0 or -errno. */
int shared_find(struct os *os, pid_t pid, uint64_t addr, struct shared_word *ret);
bool shared_mapped_by(struct os *os, pid_t pid, const struct shared_word *word);

/* Is it mapped from more than one PID namespace, or can that not be excluded? */
bool shared_spans_namespaces(struct os *os, pid_t pid, const struct shared_word *word);

/*
 * May the thread that has the owner's id be another one than took the lock?
 * That one then ended, and its id was used again.
 */
enum reuse {
	REUSE_NO,
	REUSE_MAYBE, /* it began after this wait, but it may have got the lock since */
	REUSE_NEAR,  /* it began, as far as the clocks tell, when this wait did */
	REUSE_YES,   /* it began after all these waits */
};
enum reuse owner_reuse(const struct probe_env *env, const struct seen *s, const struct wait *w,
		       const struct thread_ref *owner);

/* Is the process a fork of its parent, as far as is known? A lock may be copied while it is held.
 */
bool owner_may_be_of_parent(struct os *os, pid_t pid);

/*
 * States a lock in private memory whose owner field names no live thread of
 * this process: its owner has ended, or fork copied it while it was held.
 * other: whom its PID namespace knows by that id, or NULL.
 */
int owner_state_missing(const struct probe_env *env, const struct seen *s, const struct wait *w,
			pid_t tid, const struct thread_ref *other, const char *why);

/*
 * Could the id be that of a thread of the process that this one was forked from,
 * in another PID namespace, where it means somebody else?
 */
bool owner_is_ambiguous(struct os *os, pid_t pid, pid_t tid);

#endif
