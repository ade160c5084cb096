// SPDX-License-Identifier: GPL-2.0
/*
 * vfork() and what posix_spawn() is made of: the caller sleeps in the kernel,
 * where only SIGKILL reaches it, until the child has given up the memory that
 * they share, by exec or by exiting. No other call of the thread can have made
 * a child since, so that it is the last one of its children.
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/kcmp.h>
#include <linux/sched.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../os/child.h"
#include "../os/children.h"
#include "../os/os.h"
#include "../os/proc.h"
#include "../os/reader.h"
#include "child.h"
#include "state.h"

#ifndef CLONE_PARENT
#define CLONE_PARENT 0x8000
#endif

#define ANSWER_NS 200000000ULL

static int clone_flags(struct os *os, const struct seen *s, uint64_t *ret)
{
	switch (s->syscall) {
#ifdef SYS_vfork
	case SYS_vfork:
		*ret = CLONE_VFORK | CLONE_VM;
		return 0;
#endif
	case SYS_clone:
		*ret = s->args[0];
		return 0;
#ifdef SYS_clone3
	case SYS_clone3: /* struct clone_args begins with them */
		return reader_memory_all(os->reader, s->ref.pid, s->args[0], ret, sizeof(*ret));
#endif
	default:
		(void)os;
		return -EINVAL;
	}
}

static int newest_child(struct os *os, const struct seen *s, pid_t *ret, struct proc_stat *st)
{
	struct children c;
	uint64_t start = 0;
	int r = children_of(os->proc_fd, s->ref.pid, s->ref.tid, &c);

	*ret = 0;
	for (size_t i = 0; !r && i < c.n; i++) {
		struct proc_stat now;

		if (proc_stat(os->proc_fd, c.pids[i], c.pids[i], &now) == 0 && now.start >= start &&
		    now.ppid == s->ref.pid) {
			start = now.start;
			*ret = c.pids[i];
			*st = now;
		}
	}
	return r;
}

int vfork_recognise(struct os *os, const struct seen *s, struct wait *ret)
{
	struct proc_stat st = {.start = 0};
	uint64_t flags;
	pid_t child;
	int r;

	if (s->n_kframes && !seen_in_kernel(s, "kernel_clone") && !seen_in_kernel(s, "_do_fork") &&
	    !seen_in_kernel(s, "wait_for_vfork_done"))
		return 0;
	r = clone_flags(os, s, &flags);
	if (r)
		return r == -EINVAL ? 0 : r;
	if (!(flags & CLONE_VFORK))
		return 0;
	r = flags & CLONE_PARENT ? -ENOENT : newest_child(os, s, &child, &st);
	ret->kind = "vfork";
	ret->class = CLASS_EMPTY;
	ret->verb = "waits for";
	ret->id = r ? 0 : child;
	ret->address = flags;
	if (ret->id)
		snprintf(ret->key, WAIT_KEY, "vfork:%d:%" PRIu64, (int)ret->id, st.start);
	else
		snprintf(ret->key, WAIT_KEY, "vfork-of:%d:%d:%" PRIu64, s->ref.pid, s->ref.tid,
			 s->ref.start);
	return 1;
}

static int ask_same_memory(const void *question, void *answer)
{
	const pid_t *pids = question;

	(void)answer;
	return (int)syscall(SYS_kcmp, pids[0], pids[1], KCMP_VM, 0, 0) == 0 ? 0 : -ENOENT;
}

/* In a child, since it asks for a lock that an exec may have. */
static bool same_memory(pid_t one, pid_t other)
{
	pid_t pids[2] = {one, other};
	char answer = 0;

	return child_ask(ask_same_memory, pids, &answer, sizeof(answer), ANSWER_NS) == 0;
}

int vfork_describe(const struct probe_env *env, const struct seen *s, const struct wait *w)
{
	pid_t pid = (pid_t)w->id;
	struct proc_stat st;
	char name[96];
	int r;

	if (!pid) {
		r = state_resource(env, w, "a child made by vfork", NULL, NULL, 0);
		return r ? r : state_nobody(env, w, "it is not among the children of this thread");
	}
	r = proc_stat(env->os->proc_fd, pid, pid, &st);
	if (r || st.state == 'Z')
		return -ESTALE;
	snprintf(name, sizeof(name), "child %d %s made by vfork", pid, st.comm);
	r = state_resource(env, w, name, "until it calls exec or exits", NULL, 0);
	if (r)
		return r;
	if (w->address & CLONE_VM && same_memory(s->ref.pid, pid))
		return state_process(env, w, pid, EVIDENCE_EXACT,
				     "the last child of this thread, still in its memory");
	return state_process(env, w, pid, EVIDENCE_INFERRED, "the last child of this thread");
}
