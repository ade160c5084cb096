/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_FACTS_H
#define CORE_FACTS_H

/*
 * Facts: all that the core ever sees.
 *
 * The collector states facts in this order; a trace is the same facts in the
 * same order, so that a replay takes the same decisions:
 *
 *	SESSION (NOTE|STALL|STALL_WAIT)*
 *	( TICK (PROCESS|THREAD|RESOURCE|WAIT|HOLD|LOST|NOTE|UNSEEN)* LOOKED
 *	  (STACK|PROCESS|THREAD|LOST)* DETAILED )*
 *	END
 *
 * Between TICK and LOOKED the collector tells what it sees now. A look is
 * whole: what is not stated again is no longer so. LOOKED makes the core
 * diagnose; the collector then asks which threads a report will show
 * (engine_wants()) and states their stacks; DETAILED makes the core report.
 *
 * Strings and arrays in a fact belong to whoever states it and are only valid
 * during the call; the core copies what it keeps. A NULL string means "not
 * known". All times are nanoseconds of CLOCK_MONOTONIC unless the name says
 * wall (nanoseconds since the epoch, UTC).
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum fact_type {
	FACT_SESSION = 1,
	FACT_NOTE,
	FACT_TICK,
	FACT_PROCESS,
	FACT_THREAD,
	FACT_RESOURCE,
	FACT_WAIT,
	FACT_HOLD,
	FACT_LOST,
	FACT_LOOKED,
	FACT_STACK,
	FACT_DETAILED,
	FACT_END,
	FACT_STALL,
	FACT_STALL_WAIT,
	FACT_UNSEEN,
	_FACT_MAX,
};

/*
 * A thread, for ever: TIDs are reused, so its start time is part of its name.
 * tid 0 means the process as a whole. start is in clock ticks since boot
 * (field 22 of /proc/PID/stat), 0 if not known. pid and tid are those of the
 * PID namespace that locktrace runs in.
 */
#define START_OTHER ((uint64_t)INT64_MAX) /* not known, but another one than has the id now */

struct thread_ref {
	int32_t pid;
	int32_t tid;
	uint64_t start;
};

/* What kind of claim a wait on a resource is: decides whether it is a stall. */
enum wait_class {
	CLASS_PARK = 1,	 /* waits for work or an event: never a stall by itself */
	CLASS_LOCK,	 /* waits for an owner to let go */
	CLASS_FULL,	 /* wants to put something where there is no room */
	CLASS_BACKLOG,	 /* wants to be accepted by a listener */
	CLASS_EMPTY,	 /* wants to take what somebody else must put there first */
	CLASS_TOKEN,	 /* wants a unit that whoever took it may give back, or not */
	CLASS_FILE_LOCK, /* as LOCK, but programs keep these, and an idle one is no excuse */
	CLASS_PILE,	 /* parked where others are, and nobody ever leaves: perhaps a stall */
	_CLASS_MAX,
};

/* Is it one that its owners must let go, all of them? */
static inline bool class_is_lock(enum wait_class class)
{
	return class == CLASS_LOCK || class == CLASS_FILE_LOCK;
}

/* Is a healthy thread in such a wait for as long as it likes? */
static inline bool class_is_idle(enum wait_class class)
{
	return class == CLASS_PARK || class == CLASS_EMPTY;
}

/* How a thread that waits for a lock may have come to hold it itself. */
enum reentry_sort {
	REENTRY_NONE, /* or it is not known how */
	REENTRY_CALLBACK,
	REENTRY_SIGNAL,
	_REENTRY_MAX,
};

/* How we know of a holder; the words of the reports. */
enum evidence {
	EVIDENCE_UNKNOWN = 1,
	EVIDENCE_INFERRED,
	EVIDENCE_TRACKED,
	EVIDENCE_EXACT,
	_EVIDENCE_MAX,
};

/* How well the beginning of a wait is known. */
enum since_quality {
	SINCE_UNKNOWN = 1, /* "since before locktrace started" */
	SINCE_AT_LEAST,	   /* it lasts at least so long; it may be longer */
	SINCE_ABOUT,	   /* from a clock that drifts */
	SINCE_EXACT,	   /* a hook saw it begin */
	_SINCE_MAX,
};

/* What a thread does, coarsely, for the rules; `doing` says it in words. */
enum activity {
	ACT_UNKNOWN = 1,
	ACT_RUNNING,	/* on a CPU or wanting one */
	ACT_LOCK_WAIT,	/* in one of the waits of lt_kinds.h, whatever its class */
	ACT_SLEEPING,	/* nanosleep and kin */
	ACT_EVENT_WAIT, /* epoll, poll, select, accept, signal waits: idle by design */
	ACT_IO,		/* blocked in a read, write, or in the kernel (state D) */
	ACT_STOPPED,	/* by a signal or a debugger, or frozen by its cgroup */
	ACT_ZOMBIE,	/* has exited, not yet reaped */
	ACT_GONE,	/* does not exist any more */
	ACT_USER_WAIT,	/* waits for somebody at a terminal */
	_ACT_MAX,
};

struct fact_session {
	const char *version; /* of locktrace */
	const char *host;    /* host name */
	const char *kernel;  /* uname -r */
	const char *arch;    /* uname -m */
	const char *via;     /* "hooks", "census" or "proc" */
	const char *hooks;   /* names of the hooks that are on, blank separated; "" for none */
	const char *target;  /* "306 statemachined (14 threads)" or "the whole system" */
	int32_t target_pid;  /* 0: the whole system */
	uint64_t threshold_ns;
	uint64_t now_ns; /* when it began */
	uint64_t wall_ns;
	int32_t utc_offset_s;	/* of the machine, so that a replay prints the same clock */
	bool once;		/* one look, then END */
	bool include_parked;	/* waits for work are told of, too */
	const char *machine_id; /* of locktrace on that machine, 32 digits: os/host_id.h */
	const char *boot_id;	/* 32 digits */
};

enum note_level { NOTE_INFO = 1, NOTE_WARNING, _NOTE_MAX };

struct fact_note {
	enum note_level level;
	const char *text; /* one line, a sentence for the user */
};

struct fact_tick {
	uint64_t now_ns;
	uint64_t wall_ns;
	uint32_t threads; /* looked at */
	uint32_t parked;  /* of these: waiting, but not for a lock or for room */
};

struct fact_process {
	int32_t pid;
	uint64_t start;
	const char *comm;
	const char *exe; /* base name; NULL if not readable */
	uint32_t threads;
	uint32_t unused;    /* of these, seen parked since they were made, and never ran again */
	int32_t ns_pid;	    /* its own id in its PID namespace; 0: it has no other */
	const char *cgroup; /* path of its control group; NULL: the root, or not known */
	const char *unit;   /* "nginx.service", "docker 3f2a9c1b7d5e"; NULL: neither */
};

struct fact_thread {
	struct thread_ref ref;
	const char *comm;
	char state; /* as in /proc: R S D T t Z X I */
	enum activity activity;
	const char *doing; /* "sleeping in nanosleep"; never NULL */
	int32_t syscall;   /* number, -1: in none or not known */
	uint64_t sp;	   /* user stack pointer, 0: not known */
	uint64_t nvcsw;	   /* voluntary context switches */
	uint64_t nivcsw;   /* involuntary ones */
	uint64_t ran_ns;   /* when it last ran, 0: not known */
	uint64_t ran_wall_ns;
	uint64_t cpu_ns;  /* processor time that it has used in all, 0: not known */
	uint64_t left_ns; /* timed: how long the wait lasts at the most, 0: not known */
	bool timed;	  /* its wait ends by itself when its time is over */
};

/* One number of a resource's state: "messages" 128. */
struct fact_number {
	const char *name;
	int64_t value;
};

struct fact_resource {
	const char *key;  /* the same for two waiters on the same thing, and only then */
	const char *kind; /* "mutex", "sysvmsg-full", "unix-backlog-full", "thread", ... */
	enum wait_class class;
	const char *name;   /* "SysV queue 0 (key 0x24ee9)" */
	const char *detail; /* "full, 128 messages, 16384 of 16384 bytes"; NULL: nothing to add */
	const struct fact_number *state;
	size_t n_state;
};

/* How a thread waited, before, at the place where it waits now. */
struct fact_habit {
	uint32_t waits;	      /* that are over; 0: not known, and the rest is nothing */
	uint64_t longest_ns;  /* of these, or somewhat more */
	uint64_t first_ns;    /* when the first began */
	uint64_t others;      /* waits and wakes of its process's other threads so far, in all */
	uint64_t others_then; /* ... at then_ns: when this wait had just begun */
	uint64_t then_ns;
	bool alone; /* none of those ever waited for the same thing */
};

/* One thread waits for at most one resource. */
struct fact_wait {
	struct thread_ref ref;
	const char *resource; /* key */
	const char *verb;     /* "waits for", "sends to", "connects to", "joins" */
	uint64_t since_ns;    /* 0 if SINCE_UNKNOWN */
	uint64_t since_wall_ns;
	enum since_quality quality;
	bool before;	/* began before locktrace looked */
	uint32_t tries; /* it gave up so often when a time limit was over, and began anew */
	struct fact_habit habit;
};

/*
 * Who could end the waits on a resource. No HOLD at all means that nobody is
 * known, and why is then said by one HOLD with pid 0 and EVIDENCE_UNKNOWN.
 */
struct fact_hold {
	const char *resource;
	struct thread_ref ref; /* tid 0: some thread of that process */
	enum evidence evidence;
	const char *why; /* "owner field of the lock", "read it last"; never NULL */
	bool gone;	 /* the thread does not exist any more */
	bool copied;	 /* it holds, or held, the lock of which this one is a copy made by fork:
			    who waits for the copy waits for nobody */
	enum reentry_sort reentered; /* of who waits for it: how, as its stack shows */
	uint64_t taken_ns;	     /* when it was last entered by the holder, 0: not seen */
	uint64_t taken_wall_ns;
	const char *taken_at; /* where: "flush+0x1c logger.c:41 (statemachined)"; NULL: not seen */
	/* the same place, as of a frame; module NULL: not known */
	const char *taken_module, *taken_build_id;
	uint64_t taken_offset;
};

/* Cumulative since the session began. */
struct fact_lost {
	const char *reason; /* "waits-full", "read-timeout", "stack-failed", ... */
	uint64_t count;
};

/* How a frame was found. Nothing is said of the innermost one and of the kernel's: they are read.
 */
enum frame_how {
	FRAME_CFI = 1, /* by the program's unwind tables */
	FRAME_FP,      /* by the frame pointer, which code need not keep */
	FRAME_GUESSED, /* by either, with a frame pointer that was searched for */
	FRAME_SCAN,    /* it looked like a return address: there may be others before it */
	_FRAME_HOW_MAX,
};

struct fact_frame {
	uint64_t offset;	/* ELF address in the module (pc - bias); kernel: 0 */
	uint64_t symbol_offset; /* pc - start of symbol */
	uint32_t line;		/* 0: not known */
	bool guessed;		/* not from unwind tables: found, not proven */
	bool inlined;		/* no frame of its own: the compiler put the function into the next
				   frame that is not inlined, which has the same offset */
	bool interrupted;	/* a signal came here: what is inside of it is its handler */
	enum frame_how how;	/* 0: not said, also by old traces */
	const char *module;	/* base name; "[kernel]" or "[kernel:fuse]" for kernel frames */
	const char *build_id;	/* hex */
	const char *symbol;	/* demangled; NULL: only module + offset are known */
	const char *file;
};

static inline bool frame_is_kernel(const struct fact_frame *f)
{
	return f->module && (strcmp(f->module, "[kernel]") == 0 ||
			     strncmp(f->module, "[kernel:", sizeof("[kernel:") - 1) == 0);
}

struct fact_stack {
	struct thread_ref ref;
	const struct fact_frame
		*frames; /* innermost first; kernel frames come before user frames */
	size_t n_frames;
	bool complete;	  /* reached the thread's first frame */
	const char *note; /* why it is missing or cut; NULL if it is whole */
	bool names_later; /* names are still being looked for: another look may have them */
};

/*
 * A stall that was told of by an earlier session, and open when that ended: it
 * goes on, or has ended meanwhile. Of the same boot, so that its times and
 * threads are of ours.
 */
struct fact_stall {
	const char *id;
	const char *rule; /* as last told */
	const char *signature;
	bool signature_partial;
	uint64_t root_key; /* finding.h, stalls.h: of another version they may say nothing */
	uint64_t identity;
	uint32_t times, level, changes; /* stalls.h */
	uint64_t since_ns;		/* 0 if SINCE_UNKNOWN */
	uint64_t since_wall_ns;
	enum since_quality quality;
	bool before;
	uint64_t seen_ns; /* when a look first saw it */
	uint64_t last_ns; /* ... and when it was last known to go on */
	uint64_t last_wall_ns;
};

/* A wait that it was told of with; comes after it. */
struct fact_stall_wait {
	const char *stall; /* id */
	struct thread_ref ref;
	const char *resource; /* key */
	uint64_t nvcsw;
	bool trigger; /* it goes on for as long as this wait, or another such, does */
};

/* A hook that was taken off for its price, and what is not seen without it. */
struct fact_unseen {
	const char *hook; /* "futex" */
	const char *what; /* "when waits on locks began (the hook futex is off: ...)" */
	uint64_t since_ns;
	uint64_t since_wall_ns;
};

struct fact_end {
	const char *why; /* "looked once", "interrupted", "duration over", "306 has exited" */
	uint64_t now_ns;
	uint64_t wall_ns;
};

struct fact {
	enum fact_type type;
	union {
		struct fact_session session;
		struct fact_note note;
		struct fact_tick tick;
		struct fact_process process;
		struct fact_thread thread;
		struct fact_resource resource;
		struct fact_wait wait;
		struct fact_hold hold;
		struct fact_lost lost;
		struct fact_stack stack;
		struct fact_end end;
		struct fact_stall stall;
		struct fact_stall_wait stall_wait;
		struct fact_unseen unseen;
	};
};

/* Where facts go. put() returns 0 or -errno; an error ends the session. */
struct fact_sink {
	int (*put)(void *ctx, const struct fact *fact);
	void *ctx;
};

static inline int fact_put(const struct fact_sink *sink, const struct fact *fact)
{
	return sink->put(sink->ctx, fact);
}

#endif
