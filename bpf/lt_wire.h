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
	LT_WAIT_INT = 8,       /* arg0 is an int: of its register that half counts */
	LT_WAIT_RESTARTED = 4, /* entered again, and it was still the same wait */
};

/* What the hooks remember of a thread's latest wait. Kept in the task itself. */
struct lt_wait {
	__u64 key; /* the kind's own: user address, msqid, inode of the peer */
	__u64 since_ns;
	__u64 sp;	/* user stack pointer and first argument of the call: */
	__u64 arg0;	/* with its number they tell whether it still goes on */
	__u64 deadline; /* of a timed wait, in its own clock; 0: for ever */
	__u64 nvcsw;	/* if LT_WAIT_ONE_SLEEP */
	__u32 kind;	/* enum lt_kind */
	__u32 val;	/* the value a futex must have */
	__s32 syscall;
	__u32 flags; /* enum lt_wait_flag */
};
LT_SIZE(struct lt_wait, 64);

/* As the kernel's LCB_F_* in include/trace/events/lock.h. */
enum lt_klock_flag {
	LT_KLOCK_SPIN = 1,
	LT_KLOCK_READ = 2,
	LT_KLOCK_RT = 8,
	LT_KLOCK_PERCPU = 16,
	LT_KLOCK_MUTEX = 32,
};

/* The lock of the kernel that a thread waits for. */
struct lt_klock {
	__u64 address; /* 0: for none */
	__u64 since_ns;
	__u32 flags; /* enum lt_klock_flag, and others */
	__u32 pad;
};
LT_SIZE(struct lt_klock, 24);

/*
 * What a thread did with a queue or a semaphore, beyond its wait: who reads a
 * queue could end the wait of those who write to it, and who took a unit of a
 * semaphore could give it back.
 */
enum lt_use_flag {
	LT_USE_DRAINS = 1, /* of a queue: receives */
	LT_USE_TOOK = 2,   /* of a semaphore: the last thing it did there was to take */
	LT_USE_UNSURE = 4, /* ... or to try to: with a time limit, or without waiting */
};

struct lt_use {
	__u64 at_ns; /* when it last entered the call */
	__u64 id;    /* msqid; inode; of a semaphore: semid << 16 | number */
	__u32 place; /* inode of the IPC namespace; device of the inode */
	__u16 gave;  /* of a semaphore: so many times in a row, without taking */
	__u8 kind;   /* enum lt_kind, 0: a free slot */
	__u8 flags;  /* enum lt_use_flag */
};
LT_SIZE(struct lt_use, 24);

#define LT_USES 4 /* distinct things remembered a thread, the oldest makes room */

/* Value of lt_waits, and in lt_slots: all that hooks on kernel functions keep for a thread. */
struct lt_state {
	struct lt_wait wait;
	struct lt_klock lock;
	struct lt_use uses[LT_USES];
};
LT_SIZE(struct lt_state, 64 + 24 + LT_USES * 24);

/* Whose a slot of an array is. */
struct lt_owner {
	__u64 start_ns; /* 0 while it changes hands */
	__u32 tid;	/* 0: free */
	__u32 pad;
};
LT_SIZE(struct lt_owner, 16);

#define LT_SLOTS 8192 /* a power of two; 2 MiB */

/* Value of lt_slots: a thread's state, for those who have one of these. */
struct lt_slot {
	struct lt_owner owner;
	struct lt_state state;
	__u64 to_a_cache_line[7];
};
LT_SIZE(struct lt_slot, 256);

enum lt_task_flag {
	LT_TASK_KTHREAD = 1,
	LT_TASK_COMPAT = 2,
	LT_TASK_REGS = 4,     /* regs, sp and pc are those at the entry into the kernel */
	LT_TASK_HOOKED = 8,   /* wait is live */
	LT_TASK_READERS = 16, /* lock_owner read it last, and others may read it too */
};

/* One thread, as the census writes it. */
struct lt_task {
	struct lt_wait wait;  /* if LT_TASK_HOOKED */
	struct lt_klock lock; /* if it is asleep uninterruptibly */
	__u64 lock_owner_start_ns;
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
	__s32 lock_owner_pid; /* 0: nobody, or not known */
	__s32 lock_owner_tid;
	char comm[LT_COMM];
};
LT_SIZE(struct lt_task,
	64 + 24 + 8 + 8 + 6 * 8 + 6 * 8 + LT_REGS * 8 + LT_KSTACK * 8 + 8 * 4 + LT_COMM);

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

/* Whose uses are listed: value of lt_wanted_use. */
struct lt_wanted {
	__u64 id;
	__u32 place; /* 0: any */
	__u32 kind;
};
LT_SIZE(struct lt_wanted, 16);

/* One use of one thread, as the iterator writes it. */
struct lt_task_use {
	struct lt_use use;
	__u64 start_ns;
	__s32 pid;
	__s32 tid;
};
LT_SIZE(struct lt_task_use, 40);

/* The key of a wait for a SysV semaphore: semid, and if the call has but one operation, that. */
#define LT_SEM_NUM_SHIFT 32
#define LT_SEM_ZERO	 (1ull << 61) /* waits for zero */
#define LT_SEM_UNDO	 (1ull << 62)
#define LT_SEM_SINGLE	 (1ull << 63)

/* A semaphore that the kernel is asked about: value of lt_sem_wanted. */
struct lt_sem_wanted {
	__u32 place; /* inode of the IPC namespace */
	__s32 semid;
	__s32 num;
	__s32 tid; /* a thread in that namespace */
};
LT_SIZE(struct lt_sem_wanted, 16);

enum lt_sem_flag {
	LT_SEM_USED = 1,  /* used_s is known: for the thread that was named */
	LT_SEM_UNITS = 2, /* units are what the kernel gives back if this process exits */
};

struct lt_sem {
	__u64 start_ns;
	__s64 used_s; /* the last semop that began with this semaphore, since the epoch; 0: never */
	__s32 pid;
	__s32 tid;
	__s32 units;
	__u32 flags; /* enum lt_sem_flag */
};
LT_SIZE(struct lt_sem, 32);

#define LT_LOCKS 12 /* distinct locks remembered a thread, latest entry of each */

struct lt_lock {
	__u64 address;
	__u64 entered_ns;
	__u64 caller; /* return address: who called the lock function */
	__u32 reads;  /* of a read-write lock: entries to read, less unlocks */
	__u8 gave;    /* of a semaphore: given without having taken; full stays full */
	__u8 turns;   /* ... given back what was taken; full stays full */
	__u8 flags;   /* enum lt_lock_flag */
	__u8 pad;
};

/*
 * What a probe of a lock function knows of its place, as its cookie. A library may call its
 * own lock functions, as musl does: that is part of the call that is known already. Such a
 * function's probe knows where the library's code lies, in pages.
 */
enum lt_probe_flag {
	LT_PROBE_EMULATED = 1, /* the kernel needs no single step for it */
	LT_PROBE_LEADS_ON = 2, /* straight to another probed function, which is no call */
	LT_PROBE_INSIDE = 4,   /* one that others of the library call, or lead on to */
};

#define LT_PROBE_PAGES_SHIFT 3 /* of the code: 20 bits */
#define LT_PROBE_PAGES	     0xfffff
#define LT_PROBE_PAGE_SHIFT  23 /* the first one: all that is left */
#define LT_PAGE_SHIFT	     12 /* pages of 4 KB, whatever the machine has */

enum lt_hit { LT_HIT_STEPPED, LT_HIT_EMULATED, LT_HIT_MAX };

enum lt_lock_flag {
	LT_LOCK_SEM = 1,    /* a semaphore: reads are units taken, less those given */
	LT_LOCK_UNSURE = 2, /* it may have been refused a unit */
};

/* A thread that ended with units of a semaphore; it has 24 bytes with no holes. */
struct lt_gone {
	__u64 start_ns;
	__u64 address;
	__s32 pid;
	__s32 tid;
};
LT_SIZE(struct lt_gone, 24);

#define LT_GONE 1024 /* of these are kept */

/* Value of lt_locks, in the task. */
struct lt_locks {
	struct lt_lock lock[LT_LOCKS];
	__u64 led_on_sp; /* 0, or where the next hit belongs to the call before it */
};
LT_SIZE(struct lt_locks, LT_LOCKS * 32 + 8);

/* As the iterator writes it. */
struct lt_task_locks {
	struct lt_locks locks;
	__u64 start_ns;
	__s32 pid;
	__s32 tid;
};
LT_SIZE(struct lt_task_locks, LT_LOCKS * 32 + 24);

/*
 * What a thread did with one word that threads wait on. Locks and semaphores that
 * do not record who has them wake whom they let in: whoever waited, went on and
 * has woken nobody since took it last, as far as futex calls tell.
 */
struct lt_word {
	__u64 address; /* 0: a free slot */
	__u64 waited_ns;
	__u64 woke_ns;
	__u32 waits;
	__u32 wakes; /* since its last wait */
};
LT_SIZE(struct lt_word, 32);

#define LT_BUCKETS	16 /* of waits: bucket b has those of less than 2^(b + LT_BUCKET_SHIFT) ns */
#define LT_BUCKET_SHIFT 16

/* Waits without a time limit that a thread began at one depth of its stack. */
struct lt_place {
	__u64 sp;	  /* 0: a free slot */
	__u64 began_ns;	  /* the last */
	__u64 longest_ns; /* of those that are over, at most: until its next futex call */
	__u64 first_ns;	  /* when the first began */
	__u32 ended;
	__u32 pad;
	__u16 bucket[LT_BUCKETS]; /* full ones stay full */
};
LT_SIZE(struct lt_place, 72);

#define LT_WORDS  8
#define LT_PLACES 4

/* Value of lt_handovers, in the task. */
struct lt_handovers {
	struct lt_word word[LT_WORDS];
	struct lt_place place[LT_PLACES];
	__u64 calls;   /* futex waits and wakes of this thread */
	__u32 pending; /* 1 + index of the place where it waits, perhaps; 0: none */
	__u32 dropped; /* words that made room although nothing was given back */
};
LT_SIZE(struct lt_handovers, LT_WORDS * 32 + LT_PLACES * 72 + 16);

#define LT_HANDOVER_SLOTS 1024 /* a power of two; 640 KiB */

/* Value of lt_handover_slots, for threads that have one of these. */
struct lt_handover_slot {
	struct lt_owner owner;
	struct lt_handovers handovers;
	__u64 to_a_cache_line[8];
};
LT_SIZE(struct lt_handover_slot, 640);

/* As the iterator writes it. */
struct lt_task_handovers {
	struct lt_handovers handovers;
	__u64 start_ns;
	__s32 pid;
	__s32 tid;
};
LT_SIZE(struct lt_task_handovers, LT_WORDS * 32 + LT_PLACES * 72 + 16 + 16);

/* Every way the hooks can lose something: index of lt_lost. */
enum lt_lost {
	LT_LOST_WAITS, /* no room for a thread's record */
	LT_LOST_LOCKS,
	LT_LOST_HANDOVERS,
	LT_LOST_GONE, /* no room for what a thread ended with */
	LT_LOST_MAX,
};

#endif
