/* SPDX-License-Identifier: GPL-2.0 */
#ifndef WAYS_PROC_THREAD_H
#define WAYS_PROC_THREAD_H

/*
 * One thread by /proc: what of it is read when, and how it is known that what
 * was read is of one moment.
 */
#include <stdbool.h>
#include <stdint.h>

#include "../seen.h"
#include "proc_memory.h"

struct since;
struct lost;
struct unread;

struct proc_reader {
	int proc_fd;
	struct proc_memory *memory;
	struct since *since;
	struct lost *lost;
	struct unread *unread;
	bool no_schedstat; /* this kernel does not count turns: switches are read instead */
	int last_fd;	   /* proc_turn.c's: schedstat of the last thread; -1 at first */
	pid_t last_tid;
};

/*
 * Has it run since the last time? Brings t->turn up to date; if it has,
 * whatever was known of it is forgotten. Returns 0, or -ESRCH if it is gone.
 */
int proc_thread_turn(struct proc_reader *r, struct proc_process *p, struct proc_thread *t,
		     uint64_t now_ns);

/* ... and nothing but that: 0: it has not; -EAGAIN, or another -errno. */
int proc_thread_same_turn(struct proc_reader *r, struct proc_process *p, struct proc_thread *t);

/* Whatever was read of it. */
void proc_thread_forget(struct proc_thread *t);

/*
 * Reads what is needed to know its wait: the call, the switches, when it last
 * ran, and, for a call that needs it, the kernel stack. With only_wanted it
 * stops where a call is found that no probe cares about. Returns 0 (t->stage
 * tells how far it came), -EAGAIN if it ran meanwhile or runs, or -errno.
 */
int proc_thread_read(struct proc_reader *r, struct proc_process *p, struct proc_thread *t,
		     bool only_wanted, uint64_t now_ns);

/* The kernel stack, where it was left out. */
void proc_thread_read_stack(struct proc_reader *r, struct proc_process *p, struct proc_thread *t);

/* Only its state, name and numbers: they may change while it sleeps. Returns 0 or -errno. */
int proc_thread_read_stat(struct proc_reader *r, struct proc_process *p, struct proc_thread *t);

/* What was read, as others see it. */
void proc_thread_seen(const struct proc_process *p, const struct proc_thread *t, uint64_t now_ns,
		      struct seen *ret);

#endif
