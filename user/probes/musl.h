/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROBES_MUSL_H
#define PROBES_MUSL_H

/*
 * Locks of musl as they lie in memory on 64-bit machines (since 1.0; the
 * layout is part of its ABI). Its functions wait by FUTEX_WAIT, and have no
 * unwind tables: what a thread waits in is known only as "one of these names
 * is on its stack" (os/site.h, site_scan), so that the memory must agree.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "futex.h"

#define MUSL_WAITERS 0x80000000u /* in the word of a mutex or rwlock: somebody sleeps */
#define MUSL_TID     0x3fffffffu
#define MUSL_BUSY    16u /* EBUSY: in a normal mutex, instead of the owner */

struct musl_mutex {
	uint32_t type;
	uint32_t lock; /* what is waited on */
	uint32_t waiters;
	uint32_t pad[2];
	uint32_t count;
	uint64_t prev; /* list of the owner's locks; not of normal mutexes */
	uint64_t next;
};

static_assert(offsetof(struct musl_mutex, prev) == 24, "_m_prev");
static_assert(offsetof(struct musl_mutex, next) == 32, "_m_next");

#define MUSL_TYPE_RECURSIVE  1
#define MUSL_TYPE_ERRORCHECK 2
#define MUSL_TYPE_ROBUST     4
#define MUSL_TYPE_PI	     8
#define MUSL_TYPE_OWNED	     15 /* with any of these the word has the owner */
#define MUSL_TYPE_SHARED     128

struct musl_rwlock {
	uint32_t lock; /* how many read, or MUSL_RW_WRITTEN */
	uint32_t waiters;
	uint32_t shared;
};

#define MUSL_RW_COUNT	0x7fffffffu
#define MUSL_RW_WRITTEN 0x7fffffffu

extern const struct futex_sort musl_mutex, musl_rwlock, musl_join;

#endif
