// SPDX-License-Identifier: GPL-2.0
/*
 * Has the owner's id been used again?
 *
 * A mutex that changes hands wakes the first in its queue, and who is beaten
 * to it sleeps anew, behind the others. So there is always one who waits and
 * has run since its owner took it, and the owner is older than that. If it is
 * younger than all of these waits, it is not the thread that took the lock.
 *
 * This is a strong sign and no proof: a waiter that was woken and beaten may
 * have given up since.
 */
#include <linux/futex.h>
#include <sched.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../os/os.h"
#include "../os/proc.h"
#include "../ways/way.h"
#include "futex.h"
#include "owner.h"

#ifndef FUTEX_LOCK_PI2
#define FUTEX_LOCK_PI2 13
#endif

/* When a thread last ran is known to some 10 ms, when it began to one clock tick. */
#define SLACK_NS 200000000ULL

static uint64_t ns_of(const struct timespec *t)
{
	return (uint64_t)t->tv_sec * 1000000000ULL + (uint64_t)t->tv_nsec;
}

/*
 * When it began, on CLOCK_MONOTONIC. Of the time spent suspended we know only
 * the sum, so this errs to too early: to "not used again".
 */
static uint64_t began_ns(const struct thread_ref *ref)
{
	uint64_t boot_ns = ref->start * (1000000000ULL / (uint64_t)sysconf(_SC_CLK_TCK));
	struct timespec boot, mono;
	uint64_t suspended;

	clock_gettime(CLOCK_MONOTONIC, &mono);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	suspended = ns_of(&boot) - ns_of(&mono);
	return boot_ns > suspended ? boot_ns - suspended : 0;
}

static bool is_younger(uint64_t owner_began_ns, const struct seen *s)
{
	return s->ran_ns && owner_began_ns > s->ran_ns + SLACK_NS;
}

/* Nothing tells when the waiter last ran; but not before it began. */
static bool may_be_younger(uint64_t owner_began_ns, const struct seen *s)
{
	return (!s->ran_ns || s->ran_bound) && owner_began_ns > began_ns(&s->ref) + SLACK_NS;
}

/*
 * The wait may have begun before what is told: the clock of the CPU does not
 * count what the hypervisor and interrupts took (os/since.c). So the owner may
 * have begun after it.
 */
static bool is_near(uint64_t owner_began_ns, const struct seen *s)
{
	uint64_t least = s->ran_ns - s->ran_doubt_ns, began = began_ns(&s->ref);

	if (!s->ran_ns || s->ran_doubt_ns > s->ran_ns)
		least = 0;
	return s->ran_ns && s->ran_doubt_ns &&
	       owner_began_ns > (least > began ? least : began) + SLACK_NS;
}

struct crowd {
	const struct probe_env *env;
	pid_t pid;
	uint64_t address;
	uint64_t began_ns;
	bool unsure; /* of one who waits it is not known whether it has run since then */
};

/* 1, which ends the search: one waits that has run since the owner began. */
static int waits_since(void *ctx, pid_t tid)
{
	struct crowd *c = ctx;
	struct futex_call call;
	struct seen s;

	if (c->env->way->look(c->env->way_self, c->pid, tid, &s))
		return 0;
	if (!futex_call_of(&s, &call) || call.addr != c->address || is_younger(c->began_ns, &s))
		return 0;
	if (!may_be_younger(c->began_ns, &s) && !is_near(c->began_ns, &s))
		return 1;
	c->unsure = true;
	return 0;
}

static bool one_waits_since(struct crowd *c)
{
	int r = proc_each_tid(c->env->os->proc_fd, c->pid, waits_since, c);

	if (r < 0)
		c->unsure = true;
	return r == 1;
}

/* Of these it is known in which order they take the lock. */
static bool is_plain_mutex(const struct wait *w, const struct futex_call *c)
{
	return strcmp(w->kind, "mutex") == 0 && c->private;
}

/* The kernel itself keeps the word right when an owner ends. */
static bool is_kept_by_kernel(const struct futex_call *c)
{
	return c->cmd == FUTEX_LOCK_PI || c->cmd == FUTEX_LOCK_PI2 || (c->val & FUTEX_WAITERS);
}

/* With a real-time policy it may pass those who queued before. */
static bool may_overtake(const struct thread_ref *ref)
{
	int policy = sched_getscheduler(ref->tid);

	if (policy < 0)
		return true;
	policy &= ~SCHED_RESET_ON_FORK;
	return policy != SCHED_OTHER && policy != SCHED_BATCH && policy != SCHED_IDLE;
}

enum reuse owner_reuse(const struct probe_env *env, const struct seen *s, const struct wait *w,
		       const struct thread_ref *owner)
{
	struct crowd crowd = {
		.env = env,
		.pid = s->ref.pid,
		.address = w->address,
		.began_ns = began_ns(owner),
	};
	struct futex_call c;

	if (!futex_call_of(s, &c) || is_kept_by_kernel(&c))
		return REUSE_NO;
	if (!is_younger(crowd.began_ns, s)) {
		if (may_be_younger(crowd.began_ns, s))
			return REUSE_MAYBE;
		return is_near(crowd.began_ns, s) && !one_waits_since(&crowd) ? REUSE_NEAR
									      : REUSE_NO;
	}
	if (!is_plain_mutex(w, &c) || may_overtake(owner))
		return REUSE_MAYBE;
	if (one_waits_since(&crowd))
		return REUSE_NO;
	return crowd.unsure ? REUSE_MAYBE : REUSE_YES;
}
