/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SEEN_H
#define SEEN_H

/*
 * One thread as it was at one look: the raw material of facts, whichever way
 * of seeing it comes from. Ways fill it in, probes read it.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/facts.h"
#include "../bpf/lt_kinds.h"

#define SEEN_COMM     64 /* kernel workers have names past 16 bytes */
#define SEEN_KFRAMES  24 /* enough to see which wait it is */
#define SEEN_KNAME    48
#define SEEN_KMODULE  24 /* the kernel allows 55, and the longest in use is of 23 */
#define SEEN_KMODULES 4	 /* a stack leads through few */

/* A lock of the kernel that a thread waits for, as a hook saw it. */
struct seen_klock {
	uint64_t address;	   /* 0: none */
	uint64_t since_ns;	   /* CLOCK_MONOTONIC */
	bool mutex, percpu, reads; /* which sort; reads: wants it for reading */
	bool readers;		   /* owner reads under it, and others may too */
	struct thread_ref owner; /* as the lock had it at this look; pid 0: nobody, or not known */
};

/* User registers in DWARF's numbering of the architecture (x86-64: 0..16, 16 is the pc). */
#define SEEN_REGS 33

struct seen {
	struct thread_ref ref;
	char comm[SEEN_COMM];
	char state;	  /* as in /proc/PID/stat */
	bool kthread;	  /* a kernel thread: no user side at all */
	bool compat;	  /* a 32-bit program: its calls are not read */
	int cpu;	  /* last ran there, -1: not known */
	int32_t syscall;  /* number; -1: not in a system call, or running */
	uint64_t args[6]; /* valid if syscall >= 0 */
	uint64_t sp;	  /* user stack pointer, 0: not known (running) */
	uint64_t pc;
	bool have_regs; /* regs[] is whole; otherwise just sp and pc are known */
	uint64_t regs[SEEN_REGS];
	uint64_t nvcsw;
	uint64_t nivcsw;
	uint64_t ran_ns;       /* CLOCK_MONOTONIC when it last ran; 0: not known */
	uint64_t ran_doubt_ns; /* it may have been earlier by this */
	enum since_quality ran_quality;
	bool ran_bound; /* ran_ns is but when we first saw it asleep: it may have been so for long
			 */
	int n_kframes;	/* innermost first; 0: not readable */
	char kframes[SEEN_KFRAMES][SEEN_KNAME]; /* "do_msgsnd", without offsets */
	/* By name; of each frame the number of its own, from 1 on; 0: the kernel itself, or not
	 * said */
	char kmodules[SEEN_KMODULES][SEEN_KMODULE];
	unsigned char kframe_module[SEEN_KFRAMES];

	/* What a hook saw begin and what is still going on; LT_KIND_NONE: nothing. */
	enum lt_kind hook_kind;
	uint64_t hook_key;	/* the kind's own: user address, msqid, inode of the peer */
	uint64_t hook_since_ns; /* CLOCK_MONOTONIC */
	struct seen_klock klock;
	/* All so many threads of its process wait for each other, by futex; 0: not known to. */
	uint32_t standstill;
	struct thread_ref other; /* ... two, for a lock each: who the other one is; pid 0: no */
	bool word_taken; /* of a futex: others were seen to take what this one waits for, perhaps */
};

/* Returns 0 to go on, anything else ends the scan and is its result. */
typedef int (*seen_fn)(void *ctx, const struct seen *s);

/* Asleep in one and the same call (or fault) since the look before? (a running thread is never the
 * same) */
bool seen_same_wait(const struct seen *before, const struct seen *now);

/*
 * One more kernel frame; function and module are cut to their room, and of both
 * only so many bytes count; module 0 bytes long: none. False: there is no more room.
 */
bool seen_add_kframe(struct seen *s, const char *function, size_t n, const char *module,
		     size_t n_module);

/* Is any of the innermost kernel frames this function? Suffixes like .constprop.0 do not count. */
bool seen_in_kernel(const struct seen *s, const char *function);

#endif
