// SPDX-License-Identifier: GPL-2.0
/*
 * Who took a semaphore's units. The kernel does not record who has one, but for
 * SEM_UNDO; it does which process changed the value last. With the value too
 * low, and by semop, that process is the one that took the last unit.
 */
#include <errno.h>
#include <stdio.h>

#include "../os/os.h"
#include "../os/proc.h"
#include "queue_end.h"
#include "state.h"
#include "sysvsem.h"
#include "users.h"

/* "Wait for zero, then add one" is a lock the other way round: whoever added holds it. */
static bool adds_after(const struct sem_ops *ops, const struct sem_op *zero)
{
	for (const struct sem_op *op = zero + 1; op < ops->op + ops->n; op++) {
		if (op->num == zero->num && op->op > 0)
			return true;
	}
	return false;
}

/*
 * Whoever sets up a set leaves its id in each semaphore of it, too. It is told
 * apart by the times: there was a semop since then, on this very semaphore or
 * it is the only one, or the process is younger than that.
 */
static bool may_be_who_set_it(const struct probe_env *env, const struct sem_state *s,
			      const struct way_semaphore *k)
{
	struct proc_stat st;

	if (s->n_sems == 1)
		return false;
	if (k->used_known)
		return k->used_s < s->set_s;
	return proc_stat(env->os->proc_fd, s->last_pid, s->last_pid, &st) ||
	       !queue_end_began_after(st.start, s->set_s);
}

/*
 * Those to whom the kernel itself says that units belong: it will give them
 * back if they exit. Returns 1 if the last that took one is among them, or all
 * that wait do so, too; 0, or -errno.
 */
static int state_owners(const struct probe_env *env, const struct wait *w,
			const struct sem_state *s, const struct way_semaphore *k)
{
	bool has_last = w->class == CLASS_LOCK;
	char why[96];
	struct queue_end owner = {
		.did = why,
		.what = "the semaphore",
		.sole = true,
		.keeps = true,
	};
	int r;

	for (size_t i = 0; i < k->n; i++) {
		snprintf(why, sizeof(why), "has %d unit%s that the kernel gives back if it exits",
			 k->units[i], k->units[i] == 1 ? "" : "s");
		owner.pid = k->pids[i];
		r = queue_end_state(env, w, &owner);
		if (r)
			return r;
		has_last |= k->pids[i] == s->last_pid;
	}
	return k->n && has_last;
}

/* By what semctl tells: the process that changed it last. */
static int state_last(const struct probe_env *env, const struct wait *w, const struct sem_op *op,
		      const struct sem_state *s, const struct way_semaphore *k)
{
	const struct queue_end taker = {
		.pid = s->last_pid,
		.at_s = s->used_s,
		.or_before = true,
		.did = op->op ? "took it last" : "changed it last",
		.what = "the semaphore",
		/* a consumer that wants more is not to blame; who locks twice is */
		.no_waiters = w->class != CLASS_LOCK,
		.each = w->class != CLASS_LOCK,
	};
	char why[128];
	int r = -ENOENT;

	if (!s->last_pid)
		snprintf(why, sizeof(why), "it was last changed from another PID namespace");
	else if (may_be_who_set_it(env, s, k))
		snprintf(why, sizeof(why),
			 "process %d changed it last, but that may have been when the set was made",
			 s->last_pid);
	else if ((r = queue_end_state(env, w, &taker)) == -ENOENT)
		snprintf(why, sizeof(why), "who took from it last waits for it as well");
	/* some that are known to have units are enough */
	return r != -ENOENT ? r : k->n ? 0 : state_nobody(env, w, why);
}

int sysvsem_state_taker(const struct probe_env *env, const struct wait *w,
			const struct sem_ops *ops, const struct sem_op *op,
			const struct sem_state *s, const struct way_semaphore *k)
{
	int r;

	if (!op->op)
		return adds_after(ops, op)
			       ? state_last(env, w, op, s, k)
			       : state_nobody(env, w,
					      "who has still to take from it is not recorded");
	r = state_owners(env, w, s, k);
	if (!r)
		r = users_state_takers(env, w, w->address, (uint64_t)w->id << 16 | op->num,
				       s->last_pid);
	if (r)
		return r < 0 ? r : 0;
	return state_last(env, w, op, s, k);
}
