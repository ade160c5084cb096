/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VICTIMS_H
#define VICTIMS_H

/*
 * Processes that hang on purpose, and keep a log of the truth in memory that
 * the test shares: which thread, on what, since when.
 */
#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

#define MAX_VICTIMS 256

struct victim {
	_Atomic pid_t tid;
	_Atomic uint64_t began_ns; /* taken just before the call that blocks */
	_Atomic uint64_t had_ns;   /* contended: when it last had the lock */
	uint64_t key;		   /* address, msqid, inode */
};

struct truth {
	struct victim victims[MAX_VICTIMS];
	int n;
	_Atomic int ready; /* threads that have begun */
	_Atomic int stop;
	uint64_t caller_low, caller_high; /* the function that takes the lock */
};

/* What a child process does, in its own process. Returns when all its threads have begun. */
typedef void (*scene_fn)(struct truth *truth);

void scene_signalled(struct truth *t);	/* one waiter that gets a signal each 300 ms */
void scene_parked(struct truth *t);	/* 200 waiters on one mutex */
void scene_contended(struct truth *t);	/* four threads lock and unlock in a loop */
void scene_rwlock(struct truth *t);	/* one reader, one writer */
void scene_queue_full(struct truth *t); /* one sender; one thread received before */
void scene_backlog(struct truth *t);	/* one connect to a full backlog */
void scene_holder(struct truth *t); /* one waiter; the holder took the lock in a known function */
void scene_busy_locks(struct truth *t); /* one thread locks and unlocks without end */

struct scene {
	pid_t pid;
	struct truth *truth;
};

uint64_t now_ns(void);
/* Starts it and waits until n threads are asleep in their calls. */
struct scene scene_start(scene_fn fn, int n);
void scene_stop(struct scene *s);

#endif
