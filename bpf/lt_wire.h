/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LT_WIRE_H
#define LT_WIRE_H

/*
 * All that crosses the border between the programs in the kernel and ours:
 * values of maps, and the records that the iterators write. Fixed widths,
 * largest first, no padding that is not named; the sizes are asserted, so that
 * both compilers must agree.
 *
 * Two clocks: *_ns is CLOCK_MONOTONIC; *_clock is the scheduler's own, which
 * user space converts (user/ways/census.c).
 */
#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

#define LT_SIZE(type, size) _Static_assert(sizeof(type) == (size), #type)

#define LT_KSTACK 24 /* kernel addresses a record has room for */
#define LT_COMM	  16

/* DWARF's numbering: x86-64 0..15 and the pc; arm64 x0..x30, sp, pc. */
#if defined(__TARGET_ARCH_arm64) || defined(__aarch64__)
#define LT_REGS 33
#else
#define LT_REGS 17
#endif

enum lt_wait_flag {
	LT_WAIT_ENDED = 1,     /* it called wake on its own key: the wait before is over */
	LT_WAIT_ONE_SLEEP = 2, /* the hooked function sleeps exactly once */
	LT_WAIT_RESTARTED = 4, /* entered again, and it was still the same wait */
};

/* What the hooks remember of a thread's latest wait. Kept in the task itself. */
struct lt_wait {
	__u64 key; /* the kind's own: user address, msqid, inode of the peer */
	__u64 since_ns;
	__u64 sp;	/* user stack pointer and first argument of the call: */
	__u64 arg0;	/* with its number they tell whether it still goes on */
	__u64 deadline; /* of a timed wait, in its own clock; 0: for ever */
	__u64 nvcsw;
	__u32 kind; /* enum lt_kind */
	__u32 val;  /* the value a futex must have */
	__s32 syscall;
	__u32 flags; /* enum lt_wait_flag */
};
LT_SIZE(struct lt_wait, 64);

/* Value of lt_waits: all that hooks on kernel functions keep for a thread. */
struct lt_state {
	struct lt_wait wait;
	__u64 recv_ns; /* when it last went to receive from a SysV queue; 0: never */
	__u32 recv_msqid;
	__u32 recv_ipc_ns; /* inode number of its IPC namespace */
};
LT_SIZE(struct lt_state, 80);

enum lt_task_flag {
	LT_TASK_KTHREAD = 1,
	LT_TASK_COMPAT = 2,
	LT_TASK_REGS = 4,   /* regs, sp and pc are those at the entry into the kernel */
	LT_TASK_HOOKED = 8, /* wait is live */
};

/* One thread, as the census writes it. */
struct lt_task {
	struct lt_wait wait; /* if LT_TASK_HOOKED */
	__u64 now_ns;
	__u64 start_ns; /* since boot, suspend included */
	__u64 nvcsw;
	__u64 nivcsw;
	__u64 arrived_clock; /* when it last got a CPU */
	__u64 ran_clock;     /* when it last had it, at the latest; 0: it has it */
	__u64 args[6];	     /* if syscall >= 0 */
	__u64 regs[LT_REGS];
	__u64 kstack[LT_KSTACK];
	__s32 pid;
	__s32 tid;
	__s32 syscall;
	__s32 cpu;
	__u32 state; /* as the kernel has it: to be masked */
	__u32 exit_state;
	__u32 flags; /* enum lt_task_flag */
	__u32 n_kstack;
	char comm[LT_COMM];
};
LT_SIZE(struct lt_task, 64 + 6 * 8 + 6 * 8 + LT_REGS * 8 + LT_KSTACK * 8 + 8 * 4 + LT_COMM);

#define LT_SYSCALLS 512

/* What an iterator looks for: entry LT_FOR_SCAN or LT_FOR_LOOK of lt_scans. */
struct lt_scan {
	__u64 now_ns;
	__u64 min_age_ns;
	__s64 clock_offset; /* CLOCK_MONOTONIC - scheduler clock */
	__u64 threads;	    /* counted by the iterator: passed over in the target */
	__u64 syscalls[LT_SYSCALLS / 64];
	__s32 own_pid;
	__s32 tid;	    /* LT_FOR_LOOK: this thread and nothing else */
	__s32 no_stack;	    /* the call whose kernel stack tells nothing, and is not taken */
	__u32 only_targets; /* the processes in lt_targets, and no others */
};
LT_SIZE(struct lt_scan, 4 * 8 + LT_SYSCALLS / 8 + 16);

enum lt_scan_entry { LT_FOR_SCAN, LT_FOR_LOOK, LT_SCANS };

/* A thread that receives from SysV queues. */
struct lt_recv {
	__u64 start_ns;
	__u64 recv_ns;
	__s32 pid;
	__s32 tid;
	__u32 msqid;
	__u32 ipc_ns;
};
LT_SIZE(struct lt_recv, 32);

#define LT_LOCKS 12 /* distinct locks remembered a thread, latest entry of each */

struct lt_lock {
	__u64 address;
	__u64 entered_ns;
	__u64 caller; /* return address: who called the lock function */
	__u32 reads;  /* of a read-write lock: entries to read, less unlocks */
	__u32 pad;
};

/* Value of lt_locks, in the task. */
struct lt_locks {
	struct lt_lock lock[LT_LOCKS];
};
LT_SIZE(struct lt_locks, LT_LOCKS * 32);

/* As the iterator writes it. */
struct lt_task_locks {
	struct lt_locks locks;
	__u64 start_ns;
	__s32 pid;
	__s32 tid;
};
LT_SIZE(struct lt_task_locks, LT_LOCKS * 32 + 16);

/* Every way the hooks can lose something: index of lt_lost. */
enum lt_lost {
	LT_LOST_WAITS, /* no room for a thread's record */
	LT_LOST_LOCKS,
	LT_LOST_MAX,
};

#endif
