// SPDX-License-Identifier: GPL-2.0
/*
 * SysV semaphores. A thread sleeps in semop() until one semaphore of the set
 * has the value that it needs; which one, its own operations tell, and they
 * are still where it left them.
 *
 * Whether a semaphore is a lock, a pool or a count of things to come is up to
 * the program. SEM_UNDO ("give it back if I die") is for locks.
 */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/sem.h>
#include <sys/syscall.h>

#include "../../bpf/lt_wire.h"
#include "../os/ns.h"
#include "../os/os.h"
#include "../os/reader.h"
#include "state.h"
#include "sysvsem.h"

static_assert(sizeof(struct sem_op) == sizeof(struct sembuf), "struct sembuf");

static int read_ops(struct os *os, const struct seen *s, struct sem_ops *ret)
{
	if (!s->args[2] || s->args[2] > SEM_OPS_MAX)
		return -E2BIG;
	ret->n = s->args[2];
	return reader_memory_all(os->reader, s->ref.pid, s->args[1], ret->op,
				 ret->n * sizeof(ret->op[0]));
}

/* Which operation it blocks at. With one alone that needs no asking. */
static int blocked_op(struct os *os, const struct seen *s, const struct sem_ops *ops,
		      const struct sem_op **ret)
{
	struct sem_state state;
	int r;

	if (ops->n == 1) {
		*ret = &ops->op[0];
		return 0;
	}
	r = sysvsem_state(os->proc_fd, s->ref.pid, (int)s->args[0], ops->op, ops->n, &state);
	if (r)
		return r == -EIDRM || r == -EINVAL ? -ESTALE : r;
	if (!state.blocks)
		return -ESTALE;
	*ret = &ops->op[state.at];
	return 0;
}

/* The hook has seen it: then the caller's memory need not be read, look for look. */
static bool op_of_hook(const struct seen *s, struct sem_op *ret)
{
	if (s->hook_kind != LT_KIND_SYSVSEM || !(s->hook_key & LT_SEM_SINGLE))
		return false;
	*ret = (struct sem_op){
		.num = s->hook_key >> LT_SEM_NUM_SHIFT,
		.op = s->hook_key & LT_SEM_ZERO ? 0 : -1,
		.flags = s->hook_key & LT_SEM_UNDO ? SEM_UNDO : 0,
	};
	return true;
}

/* Not asleep for another reason: a page of the operations that must be read from disk. */
static bool in_semop(const struct seen *s)
{
	return !s->n_kframes || seen_in_kernel(s, "__do_semtimedop") ||
	       (seen_in_kernel(s, "do_semtimedop") && !seen_in_kernel(s, "handle_mm_fault"));
}

static int recognise(struct os *os, const struct seen *s, struct wait *ret)
{
	const struct sem_op *op = NULL;
	struct sem_op hooked;
	struct sem_ops ops;
	uint64_t ns = 0;
	int r = 0;

	if (s->state == 'R' || !in_semop(s))
		return 0;
	if (op_of_hook(s, &hooked))
		op = &hooked;
	else
		r = read_ops(os, s, &ops);
	if (!r && !op)
		r = blocked_op(os, s, &ops, &op);
	if (r == -ESTALE || r == -ESRCH)
		return r;
	if (ns_inode(os->proc_fd, s->ref.pid, "ipc", &ns))
		ns = 0;
	ret->kind = "sysvsem";
	ret->verb = "waits for";
	ret->id = (int)s->args[0];
	ret->address = ns;
	if (!op) { /* which one is not known: the set at least is */
		ret->class = CLASS_TOKEN;
		snprintf(ret->key, WAIT_KEY, "sysvsem:%" PRIu64 ":%d", ns, (int)ret->id);
		return 1;
	}
	ret->class = op->flags & SEM_UNDO ? CLASS_LOCK : CLASS_TOKEN;
	snprintf(ret->key, WAIT_KEY, "sysvsem:%" PRIu64 ":%d:%d%s", ns, (int)ret->id, op->num,
		 op->op ? "" : ":zero");
	return 1;
}

static int state_unreadable(const struct probe_env *env, const struct wait *w, int error)
{
	char name[64], detail[160];
	int r;

	snprintf(name, sizeof(name), "SysV semaphore set %d", (int)w->id);
	snprintf(detail, sizeof(detail), "state not readable: %s",
		 error == -EPERM ? "it is in another IPC namespace" : strerror(-error));
	r = state_resource(env, w, name, detail, NULL, 0);
	return r ? r : state_nobody(env, w, detail);
}

static int state_semaphore(const struct probe_env *env, const struct wait *w,
			   const struct sem_op *op, const struct sem_state *s)
{
	const struct fact_number state[] = {
		{"semaphore", op->num},	    {"semaphores", s->n_sems},
		{"value", s->value},	    {"needed", s->needed},
		{"waiting", s->waiting},    {"waiting_for_zero", s->waiting_0},
		{"last_pid", s->last_pid},  {"key", s->key},
		{"last_used_s", s->used_s}, {"last_set_s", s->set_s},
	};
	char name[96], set[48], detail[96];

	if (s->key)
		snprintf(set, sizeof(set), "%d (key 0x%x)", (int)w->id, s->key);
	else
		snprintf(set, sizeof(set), "%d (private)", (int)w->id);
	snprintf(name, sizeof(name), "SysV semaphore %d of set %s", op->num, set);
	if (op->op)
		snprintf(detail, sizeof(detail), "value %d, %d needed%s", s->value, s->needed,
			 op->flags & SEM_UNDO ? ", given back if its taker exits" : "");
	else
		snprintf(detail, sizeof(detail), "value %d, must become 0", s->value);
	return state_resource(env, w, name, detail, state, sizeof(state) / sizeof(*state));
}

static void ask_kernel(const struct probe_env *env, const struct seen *s, const struct wait *w,
		       const struct sem_op *op, struct way_semaphore *ret)
{
	if (!w->address || !env->way->semaphore ||
	    env->way->semaphore(env->way_self, s->ref.tid, w->address, w->id, op->num, ret))
		*ret = (struct way_semaphore){0};
	if (!op->op) /* they have what is to be taken, not what is waited for */
		ret->n = 0;
}

static int describe(const struct probe_env *env, const struct seen *s, const struct wait *w)
{
	const struct sem_op *op;
	struct way_semaphore kernels;
	struct sem_state state;
	struct wait now = *w;
	struct sem_ops ops;
	int r;

	r = read_ops(env->os, s, &ops);
	if (!r)
		r = sysvsem_state(env->os->proc_fd, s->ref.pid, w->id, ops.op, ops.n, &state);
	if (r == -ESRCH || r == -EIDRM || r == -EINVAL)
		return -ESTALE; /* removed: whoever waits for it is being woken */
	if (r)
		return state_unreadable(env, w, r);
	if (!state.blocks)
		return -ESTALE;
	op = &ops.op[state.at];
	ask_kernel(env, s, w, op, &kernels);
	/* never used since it was set up: nobody has taken what is waited for, so it is to come */
	if (!state.used_s || state.used_s < state.set_s)
		now.class = CLASS_PARK;
	else if (kernels.n > 1) /* a pool: each of them could end the wait */
		now.class = CLASS_TOKEN;
	r = state_semaphore(env, &now, op, &state);
	if (r)
		return r;
	if (now.class == CLASS_PARK)
		return state_nobody(env, &now, "nobody has used the set since it was made");
	return sysvsem_state_taker(env, &now, &ops, op, &state, &kernels);
}

static const struct probe_kind kinds[] = {
	{"sysvsem", CLASS_TOKEN, KNOWS_EXACT | KNOWS_INFERRED, KNOWS_TRACKED},
	{"sysvsem", CLASS_LOCK, KNOWS_EXACT | KNOWS_INFERRED, KNOWS_TRACKED},
	{"sysvsem", CLASS_PARK, KNOWS_NOBODY, 0},
	{0},
};
static const int syscalls[] = {SYS_semop, SYS_semtimedop, -1};

const struct probe probe_sysvsem = {
	.kind = LT_KIND_SYSVSEM,
	.name = "sysvsem",
	.kinds = kinds,
	.syscalls = syscalls,
	.unseen = "when waits on SysV semaphores began, and who was seen taking them",
	.recognise = recognise,
	.describe = describe,
};
