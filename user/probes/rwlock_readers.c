// SPDX-License-Identifier: GPL-2.0
/*
 * Readers of a read-write lock: the lock counts them. With probes on the lock
 * functions their threads were seen to take it; the count says whether all of
 * them were. Without, somebody can only be named if nobody else is there.
 */
#include "rwlock_readers.h"

#include <errno.h>
#include <sys/syscall.h>

#include "../os/os.h"
#include "../os/proc.h"
#include "../os/stacks.h"
#include "../ways/way.h"
#include "glibc.h"
#include "state.h"

#define READERS_MAX 32

struct readers {
	const struct probe_env *env;
	const struct wait *w;
	struct lock_reader reader[READERS_MAX];
	size_t n;
	uint64_t sum;
};

enum plight { PLIGHT_NONE, PLIGHT_READ, PLIGHT_WRITE };

/* Does it wait for this very lock, and what for? See rwlock.c for the words and values. */
static enum plight plight_of(const struct probe_env *env, pid_t pid, pid_t tid, uint64_t lock)
{
	struct proc_syscall call;

	if (proc_syscall(env->os->proc_fd, pid, tid, &call) || call.running ||
	    call.nr != SYS_futex || call.args[0] < lock ||
	    call.args[0] >= lock + sizeof(struct glibc_rwlock))
		return PLIGHT_NONE;
	if (call.args[0] == lock || (call.args[0] == lock + 8 && (uint32_t)call.args[2] == 3))
		return PLIGHT_READ;
	return PLIGHT_WRITE;
}

static int take_reader(void *ctx, const struct lock_reader *r)
{
	struct lock_reader reader = *r;
	struct readers *q = ctx;

	/* its last entry has not returned yet */
	if (plight_of(q->env, r->ref.pid, r->ref.tid, q->w->address) == PLIGHT_READ)
		reader.reads--;
	if (!reader.reads)
		return 0;
	if (q->n == READERS_MAX)
		return -E2BIG;
	q->reader[q->n++] = reader;
	q->sum += reader.reads;
	return 0;
}

static int state_reader(const struct readers *q, const struct lock_reader *r, uint32_t n_readers)
{
	bool all = q->sum == n_readers;
	struct fact f = {
		.type = FACT_HOLD,
		.hold =
			{
				.resource = q->w->key,
				.ref = r->ref,
				.evidence = all ? EVIDENCE_TRACKED : EVIDENCE_INFERRED,
				.why = all ? "seen to take it for reading, and not to give it back"
					   : "seen to take it for reading; but the lock has "
					     "another number of readers than were seen",
				.taken_ns = r->entered_ns,
				.taken_wall_ns = os_wall_of_ns(r->entered_ns),
			},
	};

	stacks_name(q->env->os->stacks, q->env->os, r->ref.pid, r->caller, &f.hold);
	return fact_put(q->env->out, &f);
}

static int count_thread(void *ctx, pid_t tid)
{
	(void)tid;
	++*(size_t *)ctx;
	return 0;
}

/*
 * Only where there is nobody else it is known who reads. That all others wait for
 * the lock proves nothing of the one that does not: a thread that reads and wants
 * to write as well waits for itself.
 */
static bool is_alone(const struct probe_env *env, const struct seen *s)
{
	size_t n_threads = 0;

	return !proc_each_tid(env->os->proc_fd, s->ref.pid, count_thread, &n_threads) &&
	       n_threads == 1;
}

int rwlock_state_readers(const struct probe_env *env, const struct seen *s, const struct wait *w,
			 uint32_t n_readers, bool private)
{
	struct readers q = {.env = env, .w = w};
	int r = -ENOTSUP;

	if (private && env->way->readers)
		r = env->way->readers(env->way_self, s->ref.pid, w->address, take_reader, &q);
	for (size_t i = 0; !r && i < q.n; i++) {
		int err = state_reader(&q, &q.reader[i], n_readers);

		if (err)
			return err;
	}
	if (!r && q.n)
		return 0;
	if (private && is_alone(env, s))
		return state_hold(env, w, &s->ref, EVIDENCE_INFERRED,
				  "the process has no other thread that could read under it");
	return state_nobody(env, w, "the lock counts its readers and does not name them");
}
