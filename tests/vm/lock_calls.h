/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VM_LOCK_CALLS_H
#define VM_LOCK_CALLS_H

/*
 * Calls of each lock function on every path through it: free and taken, of each type and
 * protocol, refused, timed out. They are counted as they are made.
 */
struct lock_call {
	const char *function; /* NULL: the end */
	void (*run)(void);    /* by the main thread */
	const void *lock;     /* the last one that it entered; NULL: it is not remembered */
};

extern const struct lock_call lock_calls[];

extern _Atomic int lock_calls_made; /* of the function at hand, by all threads */

/* Starts the thread that is the other side of contended ones. */
void lock_calls_begin(void);

#endif
