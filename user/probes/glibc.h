/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROBES_GLIBC_H
#define PROBES_GLIBC_H

/*
 * Locks of glibc as they lie in memory on 64-bit machines (x86-64 and arm64
 * alike since 2.17). The offsets are part of its ABI: statically initialised
 * locks of old programs depend on them.
 */
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct glibc_mutex {
	uint32_t lock;
	uint32_t count;
	int32_t owner;
	uint32_t nusers;
	uint32_t kind;
	uint32_t rest[5];
};

static_assert(sizeof(struct glibc_mutex) == 40, "pthread_mutex_t");
static_assert(offsetof(struct glibc_mutex, owner) == 8, "__owner");
static_assert(offsetof(struct glibc_mutex, kind) == 16, "__kind");

#define GLIBC_KIND_TYPE	      0x03 /* normal, recursive, errorcheck, adaptive */
#define GLIBC_KIND_RECURSIVE  0x01
#define GLIBC_KIND_ROBUST     0x10
#define GLIBC_KIND_PI	      0x20
#define GLIBC_KIND_PP	      0x40
#define GLIBC_KIND_SHARED     0x80
#define GLIBC_KIND_ELISION    0x300
#define GLIBC_KIND_VALID      0x3f3
#define GLIBC_PP_CEILING_MASK 0xfff80000u /* of the lock word of a priority-protected one */

struct glibc_rwlock {
	uint32_t readers;
	uint32_t writers;
	uint32_t wrphase_futex;
	uint32_t writers_futex;
	uint32_t pad[2];
	int32_t cur_writer;
	int32_t shared;
	uint64_t rest[3];
};

static_assert(sizeof(struct glibc_rwlock) == 56, "pthread_rwlock_t");
static_assert(offsetof(struct glibc_rwlock, wrphase_futex) == 8, "__wrphase_futex");
static_assert(offsetof(struct glibc_rwlock, writers_futex) == 12, "__writers_futex");
static_assert(offsetof(struct glibc_rwlock, cur_writer) == 24, "__cur_writer");

#define GLIBC_READERS_SHIFT 3

/* A recursive lock inside of the C library: that of a FILE (_IO_lock_t), of the list of these. */
struct glibc_recursive {
	uint32_t lock; /* 0, 1, or 2: somebody waits */
	int32_t count;
	uint64_t owner; /* the thread's control block */
};

static_assert(sizeof(struct glibc_recursive) == 16, "_IO_lock_t");

/*
 * Where a thread's control block has the thread's id: struct pthread begins
 * with 704 bytes for the thread pointer's own, and a list head. It also points
 * to itself, as the ABI wants. Not known elsewhere: 0.
 */
#ifdef __x86_64__
#define GLIBC_TCB_SELF 0x10
#define GLIBC_TCB_TID  0x2d0
#else
#define GLIBC_TCB_SELF 0
#define GLIBC_TCB_TID  0
#endif

/* A FILE: where it points to its lock and keeps its descriptor; and its lock, from fopen(). */
#define GLIBC_FILE_LOCK	   0x88
#define GLIBC_FILE_FD	   0x70
#define GLIBC_FILE_TO_LOCK 0xe0

/* What a thread waits for inside a function of glibc. */
enum glibc_wait {
	GLIBC_OTHER = 0,
	GLIBC_MUTEX,
	GLIBC_JOIN,
	GLIBC_CONDVAR,
	GLIBC_SEMAPHORE,
	GLIBC_RDLOCK,
	GLIBC_WRLOCK,
	GLIBC_BARRIER,
	GLIBC_ONCE,
	GLIBC_STDIO,
	GLIBC_MALLOC,
	GLIBC_SYSCALL, /* a lock of the program's own, or of another library */
};

/* By the function's exported name; leading underscores do not matter. */
enum glibc_wait glibc_wait_in(const char *function);

#endif
