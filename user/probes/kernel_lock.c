// SPDX-License-Identifier: GPL-2.0
/*
 * A thread that is held up inside the kernel, in whatever call it was, by a
 * mutex or rw-semaphore of the kernel. Only the hook can tell: on a kernel stack
 * such a wait looks like one for a disk, and the lock's address is in no file.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "../os/os.h"
#include "../ways/way.h"
#include "state.h"

static int recognise(struct os *os, const struct seen *s, struct wait *ret)
{
	const struct seen_klock *l = &s->klock;

	(void)os;
	if (s->state != 'D' || !l->address)
		return 0;
	ret->kind = l->mutex ? "kernel-mutex" : "kernel-rwsem";
	ret->class = CLASS_LOCK;
	ret->verb = l->mutex   ? "waits for"
		    : l->reads ? "wants to read under"
			       : "wants to write under";
	ret->address = l->address;
	ret->since_ns = l->since_ns;
	snprintf(ret->key, WAIT_KEY, "kernel:0x%" PRIx64, l->address);
	return 1;
}

static int state_owner(const struct probe_env *env, const struct seen *s, const struct wait *w)
{
	const struct seen_klock *l = &s->klock;
	struct seen again;

	if (l->percpu)
		return state_nobody(env, w, "this kind of lock does not record who has it");
	if (!l->owner.pid)
		return state_nobody(env, w, "nobody owns it at the moment");
	if (l->readers)
		return state_hold(env, w, &l->owner, EVIDENCE_INFERRED,
				  "the last that took it for reading; it names no other");
	if (env->way->look(env->way_self, s->ref.pid, s->ref.tid, &again) ||
	    again.klock.address != l->address || again.klock.owner.tid != l->owner.tid)
		return -ESTALE;
	return state_hold(env, w, &l->owner, EVIDENCE_EXACT, "owner field of the lock");
}

static int describe(const struct probe_env *env, const struct seen *s, const struct wait *w)
{
	const struct seen_klock *l = &s->klock;
	char name[96], detail[96];
	int r;

	snprintf(name, sizeof(name), "kernel %s 0x%" PRIx64,
		 l->mutex    ? "mutex"
		 : l->percpu ? "per-CPU rw-semaphore"
			     : "rw-semaphore",
		 l->address);
	/* the functions that lock are left out of kernel stacks: the first is who wanted it */
	if (s->n_kframes)
		snprintf(detail, sizeof(detail), "wanted in %s", s->kframes[0]);
	r = state_resource(env, w, name, s->n_kframes ? detail : NULL, NULL, 0);
	return r ? r : state_owner(env, s, w);
}

static const struct probe_kind kinds[] = {
	{"kernel-mutex", CLASS_LOCK, KNOWS_NOBODY, KNOWS_EXACT},
	{"kernel-rwsem", CLASS_LOCK, KNOWS_NOBODY, KNOWS_EXACT | KNOWS_INFERRED},
	{0},
};
static const int syscalls[] = {-1};

const struct probe probe_kernel_lock = {
	.kind = LT_KIND_KERNEL_LOCK,
	.name = "kernel_lock",
	.kinds = kinds,
	.syscalls = syscalls,
	.anywhere = true,
	.unseen = "waits for locks inside the kernel",
	.recognise = recognise,
	.describe = describe,
};
