/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_MODEL_H
#define CORE_MODEL_H

/*
 * What one look saw: threads, processes, resources, waits, holds. Rebuilt from
 * facts at each look; what is remembered across looks is in history.h.
 *
 * Everything points by index. A process as a whole is a thread with tid 0.
 * verdict.h fills in the members marked so.
 */
#include "arena.h"
#include "refs.h"

#define NONE TABLE_NONE

struct model_process {
	struct fact_process fact;
};

struct model_thread {
	struct fact_thread fact; /* made up but for its ref unless stated */
	bool stated;		 /* by a THREAD fact */
	bool gone;		 /* a HOLD says so */
	bool live;		 /* verdict: it waits, but for something that will come */
	uint32_t wait;		 /* or NONE */
	uint32_t past;		 /* history: index of what is known of it from earlier looks */
	const struct fact_stack *stack; /* NULL: none was stated */
};

struct model_wait {
	uint32_t thread;
	uint32_t resource;
	struct fact_wait fact; /* after history_look(): with the earliest since of this wait */
	bool confirmed;	       /* verdict: it really is one wait, not two that look alike */
	bool followed;	       /* verdict: the chain goes on behind it */
	bool past_threshold;   /* verdict */
	bool triggers;	       /* verdict: a stall */
	bool told_idle;	       /* verdict: ... although such waits are no stalls by themselves */
	bool abnormal;	       /* verdict: ... longer than ever at its place */
	bool idle_circle;      /* verdict: ... in a circle of such waits: circle.h */
};

/* Where and when a hold began. */
struct model_taken {
	const char *at, *module, *build_id;
	uint64_t offset;
	uint64_t ns;
	uint64_t wall_ns;
};

/* There may be a million of them. */
struct model_hold {
	struct thread_ref ref; /* pid 0: nobody is known, and why says why */
	uint32_t resource;
	uint32_t thread; /* model_link(): or NONE */
	const char *why;
	const struct model_taken *taken; /* NULL: none of it is known */
	enum evidence evidence;
	enum reentry_sort reentered; /* of who waits for it itself */
	bool gone;
	bool copied; /* of the original; nobody holds this one */
	bool live;   /* verdict: this holder can be expected to end the wait */
};

struct model_resource {
	struct fact_resource fact; /* made up but for its key unless stated */
	bool stated;
	bool unknown;	     /* a HOLD says that nobody is known, or there is none */
	bool live;	     /* verdict: waits on it will end */
	bool before;	     /* verdict: one of the waits began before locktrace looked */
	uint32_t past;	     /* history */
	uint32_t n_known;    /* holds with a thread */
	uint32_t n_live;     /* verdict: of these */
	uint64_t since_ns;   /* verdict: when the oldest of the waits on it began */
	uint64_t seen_ns;    /* verdict: when a look first saw one of them */
	uint32_t first_hold; /* in model.hold_of */
	uint32_t n_holds;
	uint32_t first_wait; /* in model.wait_of */
	uint32_t n_waits;
};

struct model {
	struct arena arena;
	struct fact_tick tick;
	struct refs refs;
	struct model_thread *threads; /* by the numbers of refs */
	struct model_process *processes;
	struct model_resource *resources;
	struct model_wait *waits;
	struct model_hold *holds;
	size_t n_threads, n_processes, n_resources, n_waits, n_holds;
	bool undecided; /* verdict: more looks would tell more */

	/* Set by model_link(), with the threads of holds: indices grouped by resource, and holds by
	 * holder. */
	uint32_t *hold_of, *wait_of, *held_by;
	uint32_t *first_held; /* n_threads + 1 positions in held_by */

	/* private */
	size_t cap_threads, cap_processes, cap_resources, cap_waits, cap_holds;
	struct table by_pid, by_key;
	bool linked;
	const char *last_copy; /* the newest reason of a hold */
};

void model_free(struct model *m);
void model_begin(struct model *m, const struct fact_tick *tick);

/*
 * Each takes one fact, copying it. Returns 0 or -ENOMEM. After model_link(),
 * threads that were not in the look are ignored: nothing can refer to them.
 */
int model_process(struct model *m, const struct fact_process *f);
int model_thread(struct model *m, const struct fact_thread *f);
int model_resource(struct model *m, const struct fact_resource *f);
int model_wait(struct model *m, const struct fact_wait *f);
int model_hold(struct model *m, const struct fact_hold *f);
int model_stack(struct model *m, const struct fact_stack *f);

/* The look is whole: groups waits and holds. Returns 0 or -ENOMEM. Linear. */
int model_link(struct model *m);

/* NULL or NONE if there is none. */
const struct model_process *model_find_process(const struct model *m, int32_t pid);
uint32_t model_find_thread(const struct model *m, const struct thread_ref *ref);

/* The thread with this ref, the resource with this key, added if it is new. 0 or -ENOMEM. */
int model_intern_thread(struct model *m, const struct thread_ref *ref, uint32_t *ret);
int model_intern_resource(struct model *m, const char *key, uint32_t *ret);

/* Whose stack is to be shown for a thread; tid 0: nobody's. */
struct thread_ref model_stack_ref(const struct model *m, uint32_t thread);

/* By position among a resource's own, 0 <= i < n_holds or n_waits. */
static inline struct model_hold *model_hold_at(const struct model *m,
					       const struct model_resource *r, uint32_t i)
{
	return &m->holds[m->hold_of[r->first_hold + i]];
}

static inline struct model_wait *model_wait_at(const struct model *m,
					       const struct model_resource *r, uint32_t i)
{
	return &m->waits[m->wait_of[r->first_wait + i]];
}

/* One of the numbers of its state, or otherwise. */
int64_t model_number(const struct model_resource *r, const char *name, int64_t otherwise);

/* Does its own word say that nobody has it? */
static inline bool model_is_free(const struct model_resource *r)
{
	return r->fact.class == CLASS_LOCK && !r->n_known && model_number(r, "word", 1) == 0;
}

/* What a thread waits for, or NULL. */
static inline struct model_wait *model_wait_by(const struct model *m, uint32_t thread)
{
	uint32_t wait = m->threads[thread].wait;

	return wait == NONE ? NULL : &m->waits[wait];
}

#endif
