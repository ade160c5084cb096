/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROBES_FUTEX_H
#define PROBES_FUTEX_H

/*
 * Inside of the futex probe. A futex wait by itself says nothing about what is
 * waited for: the same operation and value are a mutex, a FILE lock and a Rust
 * mutex. The function of the C library that the thread waits in tells; each
 * sort then has a file that knows its layout.
 */
#include <linux/futex.h>

#include "../os/site.h"
#include "glibc.h"
#include "probe.h"

#ifndef FUTEX_LOCK_PI2
#define FUTEX_LOCK_PI2 13
#endif

/* The arguments of a futex call, read as a wait. */
struct futex_call {
	uint64_t addr;
	uint32_t cmd; /* FUTEX_WAIT, ... without the flags */
	bool private; /* FUTEX_PRIVATE_FLAG: no other process is meant to use it */
	uint32_t val;
	enum glibc_wait in; /* GLIBC_OTHER: not in glibc, or not known */
};

struct futex_sort {
	const char *kind;
	enum wait_class class;
	const char *verb;
	bool follow;

	/* 1: it is this sort, and the key is set; 0: it is not; or -errno. NULL: always. */
	int (*recognise)(struct os *os, const struct seen *s, const struct futex_call *c,
			 struct wait *ret);
	/* NULL: nothing is recorded in it. */
	int (*describe)(const struct probe_env *env, const struct seen *s, const struct wait *w);
};

extern const struct futex_sort futex_mutex, futex_pi_mutex, futex_join, futex_rwlock, futex_stdio,
	futex_malloc, futex_pi_parked, futex_once, futex_guard, futex_semaphore, futex_barrier;

/* Cheaply: could it be the wait for ever that follows a refused lock (pi_parked.c)? */
bool futex_may_be_pi_parked(const struct seen *s, const struct futex_call *c);

/* Returns false if s is not in a futex wait. Does not look for the site. */
bool futex_call_of(const struct seen *s, struct futex_call *ret);

/*
 * The key of a word: the same for two processes that share the memory it is
 * in, if the call was meant for that. Returns 0 or -errno.
 */
int futex_key(struct os *os, const struct seen *s, uint64_t addr, bool private, char key[WAIT_KEY]);

/* "mutex queue_lock (statemachined)", "mutex at 0x5581 on the heap". */
#define FUTEX_NAME 256
void futex_name(struct os *os, const struct seen *s, const char *what, uint64_t addr,
		char buf[FUTEX_NAME]);

/*
 * States who owns a lock whose owner field names tid: a thread of s's process,
 * or of any that shares the lock. It is checked that this thread exists and
 * could be meant; why says where the id was read.
 */
int owner_state(const struct probe_env *env, const struct seen *s, const struct wait *w,
		uint64_t addr, bool private, pid_t tid, const char *why);

#endif
