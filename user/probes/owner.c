// SPDX-License-Identifier: GPL-2.0
/*
 * From an owner field to a thread.
 *
 * The id in a lock means what it means in the PID namespace of whoever took
 * the lock. For a lock of one process that is its own namespace. A lock in
 * shared memory may have been taken from any process that maps it, so the id
 * is only certain if all of these share one namespace.
 */
#include <errno.h>
#include <stdio.h>

#include "../os/ns.h"
#include "../os/os.h"
#include "../os/stacks.h"
#include "../ways/way.h"
#include "futex.h"
#include "owner.h"
#include "state.h"

#define WHY 192

/* The owner, and where it was last seen to enter a function that takes this lock. */
static int put_owner(const struct probe_env *env, const struct wait *w,
		     const struct thread_ref *ref, enum evidence evidence, const char *why)
{
	uint64_t taken_ns = 0, caller = 0;
	struct fact f = {
		.type = FACT_HOLD,
		.hold = {.resource = w->key, .ref = *ref, .evidence = evidence, .why = why},
	};

	if (env->way->last_entered &&
	    env->way->last_entered(env->way_self, ref, w->address, &taken_ns, &caller) == 1) {
		f.hold.taken_ns = taken_ns;
		f.hold.taken_wall_ns = os_wall_of_ns(taken_ns);
		stacks_name(env->os->stacks, env->os, ref->pid, caller, &f.hold);
	}
	return fact_put(env->out, &f);
}

/* A live thread has the id: is it the one that took the lock? */
static int state_owner(const struct probe_env *env, const struct seen *s, const struct wait *w,
		       const struct thread_ref *ref, const char *owner_why)
{
	struct thread_ref gone = {.pid = ref->pid, .tid = ref->tid, .start = START_OTHER};
	char why[WHY];

	switch (owner_reuse(env, s, w, ref)) {
	case REUSE_YES:
		return state_gone(env, w, &gone, EVIDENCE_INFERRED,
				  "the owner has exited; its id now belongs to another thread, "
				  "which began after all these waits");
	case REUSE_MAYBE:
		snprintf(why, sizeof(why),
			 "%s; but it began after this wait, so it may just have "
			 "got the id of the owner",
			 owner_why);
		return put_owner(env, w, ref, EVIDENCE_INFERRED, why);
	case REUSE_NEAR:
		snprintf(why, sizeof(why),
			 "%s; but this wait may have begun up to %.1f s before what is told, and "
			 "then before it, so it may have got the id of the owner",
			 owner_why, (double)s->ran_doubt_ns / 1e9);
		return put_owner(env, w, ref, EVIDENCE_INFERRED, why);
	default:
		return put_owner(env, w, ref, EVIDENCE_EXACT, owner_why);
	}
}

/* The field names a thread, but there is a reason not to believe it. */
static int state_doubt(const struct probe_env *env, const struct wait *w, pid_t tid,
		       const char *doubt)
{
	char why[WHY];

	snprintf(why, sizeof(why), "the owner field names thread %d%s", tid, doubt);
	return state_nobody(env, w, why);
}

/* Nobody can be named by a number that means one thread here and another one there. */
static int state_spanned(const struct probe_env *env, const struct wait *w, pid_t tid)
{
	char why[WHY];

	snprintf(why, sizeof(why),
		 "owner id unknown: shared between PID namespaces, each may have its own thread %d",
		 tid);
	return state_nobody(env, w, why);
}

/* From inside a PID namespace nobody sees whether the memory is shared with the outside. */
static int state_inside(const struct probe_env *env, const struct seen *s, const struct wait *w,
			const struct shared_word *word, pid_t tid, const struct thread_ref *ref,
			const char *owner_why)
{
	char why[WHY];

	if (!ref || (ref->pid != s->ref.pid && !shared_mapped_by(env->os, ref->pid, word)))
		return state_doubt(
			env, w, tid,
			", which may be one outside of the PID namespace that we are in");
	snprintf(why, sizeof(why),
		 "%s; but we are inside of a PID namespace, and the lock may be shared with the "
		 "outside",
		 owner_why);
	return put_owner(env, w, ref, EVIDENCE_INFERRED, why);
}

static int state_shared(const struct probe_env *env, const struct seen *s, const struct wait *w,
			const struct shared_word *word, pid_t tid, const char *why)
{
	struct thread_ref gone = {.pid = s->ref.pid, .tid = tid}, ref;
	char missing[WHY];
	int r = ns_find_thread(env->os->proc_fd, s->ref.pid, tid, false, &ref);

	if (r && r != -ESRCH)
		return state_doubt(env, w, tid, ", which cannot be looked at");
	if (shared_spans_namespaces(env->os, s->ref.pid, word))
		return state_spanned(env, w, tid);
	if (!ns_see_all_pids(env->os->proc_fd))
		return state_inside(env, s, w, word, tid, r ? NULL : &ref, why);
	if (r) {
		snprintf(missing, sizeof(missing),
			 "the owner field names thread %d, which does not exist", tid);
		return state_gone(env, w, &gone, EVIDENCE_EXACT, missing);
	}
	if (ref.pid != s->ref.pid && !shared_mapped_by(env->os, ref.pid, word))
		return state_doubt(env, w, tid,
				   ", whose process does not have the lock in its memory (any "
				   "more): it let go of the memory, or ran another program");
	return state_owner(env, s, w, &ref, why);
}

int owner_state(const struct probe_env *env, const struct seen *s, const struct wait *w,
		uint64_t addr, bool private, pid_t tid, const char *why)
{
	struct shared_word word;
	struct thread_ref ref;
	int shared, own, r;

	/* by far the most: a lock of this process, held by one of its threads */
	own = ns_find_thread(env->os->proc_fd, s->ref.pid, tid, true, &ref);
	if (own && own != -ESRCH)
		return state_doubt(env, w, tid, ", which cannot be looked at");
	if (own || !private) {
		shared = shared_find(env->os, s->ref.pid, addr, &word);
		if (shared < 0)
			return state_doubt(env, w, tid, ", but the memory map cannot be read");
		if (shared && private)
			return state_doubt(env, w, tid,
					   " of another process, but the lock is not marked as "
					   "shared");
		if (shared)
			return state_shared(env, s, w, &word, tid, why);
	}
	if (!own && owner_is_ambiguous(env->os, s->ref.pid, tid))
		return state_doubt(env, w, tid,
				   ", of this process or of the one that it was forked from, in "
				   "another PID namespace");
	if (!own)
		return state_owner(env, s, w, &ref, why);
	r = ns_find_thread(env->os->proc_fd, s->ref.pid, tid, false, &ref);
	if (r && r != -ESRCH)
		return state_doubt(env, w, tid, ", which cannot be looked at");
	return owner_state_missing(env, s, w, tid, r ? NULL : &ref, why);
}
