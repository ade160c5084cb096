/* SPDX-License-Identifier: GPL-2.0 */
#ifndef WAYS_PROC_MEMORY_H
#define WAYS_PROC_MEMORY_H

/*
 * What the /proc way remembers from look to look: of each process where its
 * threads are, of each thread what was read while it stood still. Bounded, and
 * what a look did not touch is soon forgotten.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "../os/proc.h"

struct proc_memory;

/* How much of a thread is known since it last ran. */
enum stage {
	STAGE_NOTHING = 0,
	STAGE_PASSED, /* that no probe cares about it */
	STAGE_WHOLE,  /* all of it, the kernel stack perhaps not yet */
};

struct proc_thread {
	void *next; /* the first three are proc_memory.c's */
	pid_t tid;
	uint32_t look;
	pid_t pid;
	int fd; /* its schedstat, kept open; -1: not */
	/* What changes whenever it runs, and until when that was something else. */
	struct proc_schedstat turn;
	uint64_t first_ns;    /* our first sight of it with this turn; 0: none yet */
	uint64_t last_ns;     /* our last sight of it */
	uint64_t before_ns;   /* it ran after this for certain; 0: nothing is known */
	uint64_t runnable_ns; /* since our first look it wants a CPU, without a turn; 0: does not */
	enum stage stage;
	bool wanted; /* asleep in a call that some probe cares about */
	/* From STAGE_WHOLE on. */
	struct proc_stat stat;
	struct proc_syscall call;
	uint64_t nvcsw, nivcsw;
	uint64_t ran_ns;       /* 0: not known */
	uint64_t ran_doubt_ns; /* it may have been earlier by this */
	char *stack;	       /* text of the kernel's file; NULL: not read yet */
};

struct proc_process {
	void *next; /* the first three are proc_memory.c's */
	pid_t pid;
	uint32_t look;
	int task_fd;	    /* its task directory, kept open; -1: not */
	bool met;	    /* skip is known */
	bool skip;	    /* a kernel thread, or one of ours */
	bool known;	    /* compat is known */
	bool compat;	    /* runs a 32-bit program */
	uint64_t listed_ns; /* when we last went through its threads; 0: never */
};

/* At most max_fds descriptors are kept open. Returns 0 or -ENOMEM. */
int proc_memory_new(size_t max_fds, struct proc_memory **ret);
void proc_memory_free(struct proc_memory *m);

/* A look begins; what was not touched in the two before it is forgotten. */
void proc_memory_begin(struct proc_memory *m);

/*
 * Finds or makes an entry, all zero but for its ids and descriptors; NULL if
 * there is no room. Valid until proc_memory_begin().
 */
struct proc_thread *proc_memory_thread(struct proc_memory *m, pid_t pid, pid_t tid);
struct proc_process *proc_memory_process(struct proc_memory *m, pid_t pid);

/* The process that a thread is known to be of, 0 if it is not known. */
pid_t proc_memory_process_of(const struct proc_memory *m, pid_t tid);

/* May a descriptor be kept in *slot? If so it is, otherwise the caller still owns it. */
bool proc_memory_keep(struct proc_memory *m, int *slot, int fd);
/* Closes what is kept there, if anything. */
void proc_memory_drop(struct proc_memory *m, int *slot);

#endif
