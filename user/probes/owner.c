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

#include "../os/maps.h"
#include "../os/ns.h"
#include "../os/os.h"
#include "../os/proc.h"
#include "../os/stacks.h"
#include "../ways/way.h"
#include "futex.h"
#include "state.h"

#define WHY 160

/* The owner, and where it was last seen to enter a function that takes this lock. */
static int state_owner(const struct probe_env *env, const struct wait *w,
		       const struct thread_ref *ref, const char *why)
{
	uint64_t taken_ns = 0, caller = 0;
	char at[256];
	struct fact f = {
		.type = FACT_HOLD,
		.hold =
			{
				.resource = w->key,
				.ref = *ref,
				.evidence = EVIDENCE_EXACT,
				.why = why,
			},
	};

	if (env->way->last_entered &&
	    env->way->last_entered(env->way_self, ref, w->address, &taken_ns, &caller) == 1) {
		f.hold.taken_ns = taken_ns;
		f.hold.taken_wall_ns = os_wall_of_ns(taken_ns);
		if (!stacks_name(env->os->stacks, env->os, ref->pid, caller, at, sizeof(at)))
			f.hold.taken_at = at;
	}
	return fact_put(env->out, &f);
}

struct shared_word {
	uint32_t dev_major, dev_minor;
	uint64_t inode;
};

/* Is addr of pid in memory that is shared with other processes? 1, 0 or -errno. */
static int find_shared(struct os *os, pid_t pid, uint64_t addr, struct shared_word *ret)
{
	const struct mapping *m;
	struct maps *maps;
	int r = maps_read(os->reader, pid, &maps);

	if (r)
		return r;
	m = maps_find(maps, addr);
	r = m && m->shared;
	if (r)
		*ret = (struct shared_word){m->dev_major, m->dev_minor, m->inode};
	maps_free(maps);
	return r;
}

static bool maps_the_same(struct os *os, pid_t pid, const struct shared_word *word)
{
	const struct mapping *m;
	struct maps *maps;
	bool found = false;

	if (maps_read(os->reader, pid, &maps))
		return false;
	for (size_t i = 0; !found && (m = maps_at(maps, i)); i++)
		found = m->shared && m->inode == word->inode && m->dev_major == word->dev_major &&
			m->dev_minor == word->dev_minor;
	maps_free(maps);
	return found;
}

struct foreign {
	struct os *os;
	uint64_t ns;
	const struct shared_word *word;
};

static int foreign_mapper(void *ctx, pid_t pid)
{
	const struct foreign *f = ctx;
	uint64_t ns;

	/* most machines have one PID namespace: then no map is read at all */
	if (ns_inode(f->os->proc_fd, pid, "pid", &ns) || ns == f->ns)
		return 0;
	return maps_the_same(f->os, pid, f->word);
}

static bool spans_namespaces(struct os *os, pid_t pid, const struct shared_word *word)
{
	struct foreign f = {.os = os, .word = word};

	if (ns_inode(os->proc_fd, pid, "pid", &f.ns))
		return true; /* cannot be excluded */
	return proc_each_pid(os->proc_fd, foreign_mapper, &f) == 1;
}

static int state_missing(const struct probe_env *env, const struct seen *s, const struct wait *w,
			 bool private, pid_t tid)
{
	struct thread_ref ref = {.pid = s->ref.pid, .tid = tid};
	struct proc_stat st;
	char why[WHY];
	pid_t tgid;

	snprintf(why, sizeof(why), "the owner field names thread %d, which does not exist", tid);
	if (private && !proc_stat(env->os->proc_fd, s->ref.pid, s->ref.pid, &st)) {
		tgid = proc_tgid(env->os->proc_fd, tid);
		if (tgid > 0 && tgid == st.ppid)
			snprintf(why, sizeof(why),
				 "the owner field names thread %d of the parent process: "
				 "fork copied the lock while it was held",
				 tid);
	}
	return state_gone(env, w, &ref, EVIDENCE_EXACT, why);
}

/* The field names a thread, but there is a reason not to believe it. */
static int state_doubt(const struct probe_env *env, const struct wait *w, pid_t tid,
		       const char *doubt)
{
	char why[WHY];

	snprintf(why, sizeof(why), "the owner field names thread %d%s", tid, doubt);
	return state_nobody(env, w, why);
}

int owner_state(const struct probe_env *env, const struct seen *s, const struct wait *w,
		uint64_t addr, bool private, pid_t tid, const char *why)
{
	struct shared_word word;
	struct thread_ref ref;
	int shared, r;

	/* by far the most: a lock of this process, held by one of its threads */
	r = ns_find_thread(env->os->proc_fd, s->ref.pid, tid, private, &ref);
	if (!r && private)
		return state_owner(env, w, &ref, why);
	if (r && r != -ESRCH)
		return state_doubt(env, w, tid, ", which cannot be looked at");
	shared = find_shared(env->os, s->ref.pid, addr, &word);
	if (shared < 0)
		return state_doubt(env, w, tid, ", but the memory map cannot be read");
	if (shared && private)
		return state_doubt(env, w, tid,
				   " of another process, but the lock is not marked as shared");
	if (shared && spans_namespaces(env->os, s->ref.pid, &word))
		return state_doubt(env, w, tid, ", but the lock is shared between PID namespaces");
	if (r)
		return state_missing(env, s, w, !shared, tid);
	if (ref.pid != s->ref.pid && (!shared || !maps_the_same(env->os, ref.pid, &word)))
		return state_doubt(env, w, tid, ", whose process does not have the lock");
	return state_owner(env, w, &ref, why);
}
