/* SPDX-License-Identifier: GPL-2.0 */
#ifndef WAYS_WAY_H
#define WAYS_WAY_H

/*
 * A way of seeing: how threads and their waits are found. Three exist, best
 * first; each ends in one exported const object.
 *
 *	hooks   BPF programs saw the wait begin; listed by iter/task
 *	census  BPF iter/task alone: no cost while nothing is asked
 *	proc    /proc alone
 */
#include "../seen.h"
#include "../core/facts.h"
#include "map_sizes.h"

struct os;
struct target;

struct way_config {
	struct os *os;		       /* not owned */
	const struct target *target;   /* whose threads matter; not owned */
	const struct fact_sink *notes; /* takes NOTE facts, as long as the way lives */
	struct map_sizes map_sizes;
	bool uprobes;	     /* hooks: probe the lock functions of the target */
	bool uprobes_auto;   /* ... and take them off when they cost too much */
	uint64_t budget_ppm; /* hooks: of one CPU, for all of them; 0: any */
	bool force_kprobe;   /* hooks: pretend that fentry is refused (tests) */
	bool handovers;	     /* hooks: remember who woke whom in the target */
	bool detach_hooks;   /* hooks: attach nothing (tests: must make checks fail) */
};

/* Who was seen to take a read-write lock for reading. */
struct lock_reader {
	struct thread_ref ref;
	uint32_t reads;		     /* how often, less how often it gave the lock back */
	uint64_t entered_ns, caller; /* the last time */
};

typedef int (*lock_reader_fn)(void *ctx, const struct lock_reader *r);

/* What a thread was seen to do with a queue or a semaphore. */
struct way_use {
	struct thread_ref ref;
	uint64_t at_ns; /* when it last went there */
	bool has;    /* of a queue: it receives; of a semaphore: it took, and gave nothing since */
	bool unsure; /* it may have been refused */
	unsigned int gave; /* of a semaphore: so many times since it last took */
};

/*
 * What a thread was seen to do with one word that threads wait on: whoever
 * took what does not say who has it, or woke those who waited.
 */
struct way_hand {
	struct thread_ref ref;
	uint64_t address;

	/* By hooks on futex calls: it waited (waits times, last then), and woke somebody, perhaps.
	 */
	uint64_t waited_ns, woke_ns; /* 0: never */
	uint32_t waits, wakes;	     /* wakes: since its last wait */

	/* By probes on the functions of locks: it asked for it, took_ns and caller say when and
	 * where. */
	bool entered;

	/* By probes on the functions of semaphores. */
	bool counted;
	bool gone;		  /* it had something when it ended */
	bool unsure;		  /* it may have been refused a unit */
	uint32_t has;		  /* units taken, less those given back */
	uint64_t took_ns, caller; /* the last time, and from where */
	uint32_t gave_freely;	  /* units that it had not taken; large counts stop */
	uint32_t turns;		  /* units that it took and gave back; the same */
};

typedef int (*way_hand_fn)(void *ctx, const struct way_hand *hand);

/* How a thread waited at the place where it waits now, before. */
struct way_habit {
	uint32_t waits;	      /* that are over */
	uint64_t longest_ns;  /* of these, or somewhat more */
	uint64_t usual_ns;    /* nine of ten were shorter */
	uint64_t first_ns;    /* when the first began */
	uint64_t others;      /* futex calls of the other threads of its process, by now */
	uint64_t others_then; /* ... at then_ns, the first scan after this wait began */
	uint64_t then_ns;
	bool alone; /* no other thread of its process was ever seen at this word */
};

/* A SysV semaphore as the kernel has it. */
#define WAY_SEM_TAKERS 8

struct way_semaphore {
	bool used_known;
	int64_t used_s; /* the last semop that began with it, since the epoch; 0: never */
	bool more;	/* ... than there is room for here */
	size_t n;	/* processes with units that are given back if they exit (SEM_UNDO) */
	pid_t pids[WAY_SEM_TAKERS];
	int units[WAY_SEM_TAKERS];
};

/* What a hook has cost so far, about: it is measured in moments. */
struct way_cost {
	const char *name;
	bool off; /* taken off for its price */
	uint64_t hits;
	uint64_t run_ns;     /* of its programs; 0 with hits: not measured */
	uint64_t cost_ns;    /* ... and of the way into them */
	uint64_t recent_ppm; /* of one CPU, by now */
};

typedef int (*way_cost_fn)(void *ctx, const struct way_cost *cost);

struct way {
	const char *name;

	/*
	 * Returns 0 and sets *ret, or -errno after it said why in one warning
	 * note: the next way is then tried.
	 */
	int (*open)(const struct way_config *config, void **ret);

	/* Names of the hooks that are on, blank separated; lives as long as the way. */
	const char *(*hooks)(const void *self);

	/*
	 * Every thread of the target that is asleep in a call some probe
	 * cares about and, as far as can be seen cheaply, has not run for
	 * min_age_ns. May give more. *ret_threads counts all that were
	 * passed over, too.
	 */
	int (*scan)(void *self, uint64_t now_ns, uint64_t min_age_ns, seen_fn emit, void *ctx,
		    uint32_t *ret_threads);

	/* One thread as it is now, of the target or not. -ESRCH: it is gone. */
	int (*look)(void *self, pid_t pid, pid_t tid, struct seen *ret);

	/*
	 * Where a thread last entered a lock function with this lock.
	 * Returns 1 and sets the two, 0 if it was not seen. NULL: cannot tell.
	 */
	int (*last_entered)(void *self, const struct thread_ref *ref, uint64_t lock,
			    uint64_t *ret_ns, uint64_t *ret_caller);

	/*
	 * Threads of a process that were seen to take a read-write lock for
	 * reading, and not to give it back. One that waits for it, or failed to
	 * get it, is among them. NULL, or -ENOTSUP: cannot tell.
	 */
	int (*readers)(void *self, pid_t pid, uint64_t lock, lock_reader_fn emit, void *ctx);

	/*
	 * Threads seen to use a queue or a semaphore: calls emit for each,
	 * newest first. place is the inode of its IPC namespace or its device
	 * (0: any), id the kind's own. NULL: cannot tell.
	 */
	int (*users)(void *self, enum lt_kind kind, uint32_t place, uint64_t id,
		     int (*emit)(void *ctx, const struct way_use *use), void *ctx);

	/*
	 * Semaphore num of a set, seen from a thread in its IPC namespace
	 * (place: its inode). Returns 0 or -errno. NULL: cannot tell.
	 */
	int (*semaphore)(void *self, pid_t tid, uint32_t place, int semid, int num,
			 struct way_semaphore *ret);

	/*
	 * Threads seen to take or to wake at a word of a process, as of the last
	 * scan. Returns 0, what emit returned, or -errno. NULL: cannot tell.
	 */
	int (*hands)(void *self, pid_t pid, uint64_t address, way_hand_fn emit, void *ctx);

	/* Returns 1 and fills *ret, or 0 if it was not seen to wait here. NULL: cannot tell. */
	int (*habit)(void *self, const struct seen *s, struct way_habit *ret);

	/* States a LOST fact for each reason with a count above 0. */
	int (*lost)(void *self, const struct fact_sink *sink);

	/*
	 * States what is not seen since a hook was taken off for its price, and
	 * a note when one is, or is back. NULL: nothing ever is.
	 */
	int (*unseen)(void *self, const struct fact_sink *sink);

	/*
	 * Calls emit for each hook; *ret_map_bytes is the memory of all maps.
	 * Returns 0 or what emit returned. NULL: there are no hooks.
	 */
	int (*costs)(void *self, way_cost_fn emit, void *ctx, uint64_t *ret_map_bytes);

	void (*close)(void *self);
};

extern const struct way way_hooks, way_census, way_proc;

/* States a NOTE. Returns 0 or -errno. */
int way_note(const struct way_config *config, enum note_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
