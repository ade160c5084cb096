// SPDX-License-Identifier: GPL-2.0
/*
 * A lock in private memory whose owner is no thread of the process that waits.
 *
 * Either it was one and has ended, or fork copied the lock while a thread of
 * the parent held it: of the threads only the one that forks lives on in the
 * child, and nobody there will ever release the copy.
 */
#include <errno.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../os/ns.h"
#include "../os/os.h"
#include "../os/proc.h"
#include "owner.h"
#include "state.h"

#define WHY	    256
#define EXE_NAME    512
#define GENERATIONS 8

/* Is the memory itself the same, as between vfork and exec? 1, 0, or -errno: cannot be told. */
static int same_memory(pid_t a, pid_t b)
{
	long r = syscall(SYS_kcmp, a, b, KCMP_VM, 0, 0);

	return r < 0 ? -errno : r == 0;
}

static bool same_program(struct os *os, pid_t a, pid_t b)
{
	char names[2][EXE_NAME], path[32];
	pid_t pids[] = {a, b};

	for (int i = 0; i < 2; i++) {
		ssize_t n;

		snprintf(path, sizeof(path), "%d/exe", pids[i]);
		n = readlinkat(os->proc_fd, path, names[i], EXE_NAME - 1);
		if (n <= 0)
			return false;
		names[i][n] = '\0';
	}
	return strcmp(names[0], names[1]) == 0;
}

bool owner_may_be_of_parent(struct os *os, pid_t pid)
{
	struct proc_stat st;

	return !proc_stat(os->proc_fd, pid, pid, &st) && same_program(os, pid, st.ppid);
}

struct ancestor {
	struct thread_ref ref;
	bool is_parent;
	bool same_numbers; /* all between are of one PID namespace */
};

static bool same_namespace(struct os *os, pid_t a, pid_t b)
{
	uint64_t ns[2];

	return !ns_inode(os->proc_fd, a, "pid", &ns[0]) &&
	       !ns_inode(os->proc_fd, b, "pid", &ns[1]) && ns[0] == ns[1];
}

/*
 * The thread with that id of a process that this one's memory was copied from,
 * if it had it already then: ids do not change in a lifetime.
 */
static bool find_in_ancestors(struct os *os, const struct proc_stat *begin, pid_t tid,
			      struct ancestor *ret)
{
	struct proc_stat child = *begin, parent;

	*ret = (struct ancestor){.is_parent = true, .same_numbers = true};
	for (int i = 0; i < GENERATIONS && (child.flags & PROC_PF_FORKNOEXEC); i++) {
		if (proc_stat(os->proc_fd, child.ppid, child.ppid, &parent))
			return false;
		ret->same_numbers &= same_namespace(os, child.pid, parent.pid);
		if (!ns_find_thread(os->proc_fd, parent.pid, tid, true, &ret->ref) &&
		    ret->ref.start <= child.start)
			return true;
		ret->is_parent = false;
		child = parent;
	}
	return false;
}

bool owner_is_ambiguous(struct os *os, pid_t pid, pid_t tid)
{
	struct ancestor found;
	struct proc_stat st;

	return !proc_stat(os->proc_fd, pid, pid, &st) && (st.flags & PROC_PF_FORKNOEXEC) &&
	       !same_namespace(os, pid, st.ppid) && find_in_ancestors(os, &st, tid, &found);
}

static int state_ancestors(const struct probe_env *env, const struct wait *w,
			   const struct proc_stat *child, pid_t tid, const struct ancestor *from,
			   const char *owner_why)
{
	int same = same_memory(child->pid, from->ref.pid);
	char why[WHY], whose[64] = "the parent process";

	if (same > 0)
		return state_hold(env, w, &from->ref, EVIDENCE_EXACT, owner_why);
	if (!from->is_parent)
		snprintf(whose, sizeof(whose), "process %d, an ancestor of this one",
			 from->ref.pid);
	snprintf(
		why, sizeof(why),
		"the owner field names thread %d of %s: fork copied the lock while it was held%s%s",
		tid, whose, same < 0 ? ", unless the two share their memory (vfork)" : "",
		from->same_numbers ? "" : ", unless the number is one of its own PID namespace");
	return state_copied(env, w, &from->ref,
			    same < 0 || !from->same_numbers ? EVIDENCE_INFERRED : EVIDENCE_EXACT,
			    why, false);
}

/* The process that it was forked from may have exited; others of the family may be left. */
static int state_relatives(const struct probe_env *env, const struct wait *w,
			   const struct proc_stat *child, pid_t tid, const struct thread_ref *other)
{
	struct thread_ref ref = {.pid = child->pid, .tid = tid};
	struct proc_status st;
	char why[WHY];

	if (other && other->start <= child->start &&
	    same_program(env->os, other->pid, child->pid)) {
		snprintf(why, sizeof(why),
			 "the owner field names thread %d of process %d, which is older and runs "
			 "the same program: fork copied the lock while it was held",
			 other->tid, other->pid);
		return state_copied(env, w, other, EVIDENCE_INFERRED, why, false);
	}
	if (!other && !proc_status(env->os->proc_fd, child->pid, child->pid, &st) &&
	    tid < (st.ns_depth > 1 ? st.ns_tid : child->pid)) {
		if (same_program(env->os, child->ppid, child->pid))
			ref.pid = child->ppid;
		snprintf(why, sizeof(why),
			 "the owner field names thread %d, which does not exist and by its number "
			 "is older than this process: fork copied the lock while it was held",
			 tid);
		return state_copied(env, w, &ref, EVIDENCE_INFERRED, why, true);
	}
	return -ENOENT;
}

/* other, if there is one, has the number and yet cannot have this lock. */
static int state_gone_owner(const struct probe_env *env, const struct seen *s, const struct wait *w,
			    pid_t tid, const struct thread_ref *other)
{
	struct thread_ref ref = {.pid = s->ref.pid, .tid = tid, .start = START_OTHER};
	char why[WHY];

	if (other)
		snprintf(why, sizeof(why),
			 "the owner field names thread %d, which has exited: its id now belongs to "
			 "a thread of process %d",
			 tid, other->pid);
	else
		snprintf(why, sizeof(why), "the owner field names thread %d, which does not exist",
			 tid);
	return state_gone(env, w, &ref, EVIDENCE_EXACT, why);
}

int owner_state_missing(const struct probe_env *env, const struct seen *s, const struct wait *w,
			pid_t tid, const struct thread_ref *other, const char *owner_why)
{
	struct proc_stat child;
	struct ancestor from;
	int r = proc_stat(env->os->proc_fd, s->ref.pid, s->ref.pid, &child);

	if (r)
		return r;
	/* exec gives a process memory of its own, in which no lock is a copy */
	if (child.flags & PROC_PF_FORKNOEXEC) {
		if (find_in_ancestors(env->os, &child, tid, &from))
			return state_ancestors(env, w, &child, tid, &from, owner_why);
		r = state_relatives(env, w, &child, tid, other);
		if (r != -ENOENT)
			return r;
	}
	return state_gone_owner(env, s, w, tid, other);
}
