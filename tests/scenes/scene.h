/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SCENE_H
#define SCENE_H

/*
 * Scenes: programs that really hang, each saying what must be found.
 *
 * A scene sets its actors (threads, child processes) on the stage, waits until
 * the kernel shows each of them in the state that is claimed, and states what
 * a look at it must find. main.c prints that as one line of JSON, then
 * "ready", and obeys the words that come on stdin:
 *
 *	begin   a scene that hangs only when told to does so now
 *	plant   one mutex is held for 3 s in this healthy process
 *	release the planted hold ends now
 *	go      the hang is resolved, where that is possible
 *	stop    (or end of file) all is cleaned up
 *
 * A healthy scene is a twin: the same code, but nothing is ever stuck for as
 * long as the threshold. It logs how long its threads really were blocked, for
 * silence about threads that never block would prove nothing.
 *
 * The stage is in memory shared with the child processes, so that what they
 * note is seen.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define STAGE_ACTORS   320
#define STAGE_LOG      4096
#define STAGE_CLAIMS   96
#define STAGE_HOLDS    256
#define STAGE_CHILDREN 16

struct stage;
struct plant;

struct actor {
	struct stage *stage;
	char name[16];
	pthread_t thread;
	_Atomic pid_t pid, tid;
	_Atomic uint64_t since_ns; /* just before it entered its wait */
	void (*play)(struct actor *);
	void *prop;
};

struct claim_role {
	const struct actor *actor;
	const char *role; /* alternatives separated by | */
};

struct claim_hold {
	const char *kind; /* of the resource; alternatives separated by | */
	const struct actor *waiter;
	const struct actor *holder;
	const char *evidence; /* alternatives separated by | */
};

/* What must be found. reports < 0: any number, but no claim may be broken. */
struct expect {
	int reports;
	const char *rule;
	const char *certainty; /* alternatives separated by | */
	struct claim_role roles[STAGE_CLAIMS];
	struct claim_hold holds[STAGE_CLAIMS];
	const struct actor *never[STAGE_ACTORS]; /* may not be root, in a cycle, or a holder */
	size_t n_roles, n_holds, n_never;
	bool only_exact_of; /* `exact` is allowed only for the holders above */
	const char *note;   /* JSON members for the checker, or NULL */
};

struct logged {
	pid_t tid;
	const void *what;
	uint64_t start_ns, end_ns;
};

struct stage {
	uint64_t threshold_ns;
	pid_t main_pid;
	struct plant *plant; /* the last one, of the main process */
	_Atomic bool over;
	struct actor actors[STAGE_ACTORS];
	_Atomic size_t n_actors;
	struct expect expect;
	struct logged log[STAGE_LOG];
	_Atomic size_t n_log;
	uint64_t log_min_ns; /* shorter waits are only counted */
	_Atomic uint64_t n_waits, longest_ns;
	struct logged holds[STAGE_HOLDS]; /* the long ones, of which each must be told once */
	_Atomic size_t n_holds;

	/* What outlives a process; a janitor removes it whatever happens. */
	int msqid;
	int semids[4];
	_Atomic int n_semids;
	char mqueue[32]; /* name of a POSIX queue */
	char dir[64];
	char file[96];
	char group[128]; /* a control group, empty once the children are gone */
	_Atomic pid_t children[STAGE_CHILDREN];
	_Atomic size_t n_children;
	char *props, *props_end;
};

struct scene {
	const char *name;
	const char *what;
	void (*set)(struct stage *);
	void (*begin)(struct stage *);
	void (*go)(struct stage *);
	bool healthy;
	bool needs_root;
	bool alone;	  /* is not played together with others: takes a processor, or is timed; a
			     healthy one is too much for an emulated processor */
	unsigned tick_ms; /* how often the main thread wakes up by itself */
};

/*
 * SCENE(name) = {...}: defines a scene and puts it on the list of all scenes,
 * in the order of files and lines. The linker makes the list.
 */
#define SCENE(id)                                                                                  \
	static const struct scene scene_##id;                                                      \
	static const struct scene *const scene_entry_##id                                          \
		__attribute__((section("scenes"), used)) = &scene_##id;                            \
	static const struct scene scene_##id

/* Actors. Each is counted on to run when the call returns. */
struct actor *stage_thread(struct stage *s, const char *name, void (*play)(struct actor *),
			   void *prop);
struct actor *stage_child(struct stage *s, const char *name, void (*play)(struct actor *),
			  void *prop);
/* A child in so many new PID namespaces, one in the other; its actors have the ids of ours. */
struct actor *stage_child_inside(struct stage *s, const char *name, void (*play)(struct actor *),
				 void *prop, int depth);
void *stage_prop(size_t size);			       /* zeroed, of this process */
void *stage_shared_prop(struct stage *s, size_t size); /* zeroed, shared with children */
void stage_janitor(struct stage *s); /* before anything that outlives a process is made */

/* An actor says: now I go into the wait that I am here for. */
void actor_waits(struct actor *a);

/* Returns when the kernel shows the actor asleep in this call; addr 0: whatever its 1st argument.
 */
void stage_until_in(struct stage *s, const struct actor *a, long syscall, const void *addr);
void stage_until_state(struct stage *s, const struct actor *a, char state);
void stage_until_gone(struct stage *s, const struct actor *a);
void stage_until_wchan(struct stage *s, const struct actor *a, const char *wchan);

/* Claims. */
void expect_role(struct stage *s, const struct actor *a, const char *role);
void expect_hold(struct stage *s, const char *kind, const struct actor *waiter,
		 const struct actor *holder, const char *evidence);
void expect_never(struct stage *s, const struct actor *a);

/* Idle threads of every usual sort: condition variable, nanosleep, poll, pipe. */
void stage_bystanders(struct stage *s);

/* One contended wait on what, that ended; for the log of a healthy scene. */
void stage_log(struct stage *s, pid_t tid, const void *what, uint64_t start_ns, uint64_t end_ns);

/* One hold on what that was long enough to be told of; over_ns: when it was given back. */
void stage_log_hold(struct stage *s, pid_t tid, const void *what, uint64_t start_ns,
		    uint64_t end_ns);

/* Writes to a file of a control group. */
bool group_put(const char *group, const char *file, const char *text);

void stage_plant(struct stage *s);
void stage_release(struct stage *s); /* the last planted hold ends now */
void stage_clean(struct stage *s);

/* Blocks for ever. */
void park(void);
uint64_t now_ns(void);
void sleep_ns(uint64_t ns); /* the whole time, whatever signals come */
pid_t self_tid(void);
void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
void print_expect(const struct scene *scene, struct stage *s);
void print_since(struct stage *s);

/*
 * A contest: one holds, the others want it; in rounds, so that each is blocked
 * for 80 % of the threshold and never longer.
 */
struct contest {
	pthread_barrier_t barrier;
	pthread_mutex_t locks[3];
	void (*take)(struct contest *);
	void (*give)(struct contest *);
	uint64_t hold_ns;
	_Atomic bool over;
};

/* type: PTHREAD_MUTEX_NORMAL or _RECURSIVE; shared: between processes. */
struct contest *contest_new(struct stage *s, unsigned wanting, int type, bool shared);
void contest_hold(struct actor *a); /* prop is the contest */
void contest_want(struct actor *a);
void init_mutex(pthread_mutex_t *m, int type, bool shared);

#endif
