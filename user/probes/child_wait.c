// SPDX-License-Identifier: GPL-2.0
/*
 * wait4(), waitid(): for one child, for any of a process group, or for any at
 * all. The call says which, by the numbers of the caller's PID namespace.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "../os/children.h"
#include "../os/os.h"
#include "../os/proc.h"
#include "child.h"
#include "state.h"

/* What the call asks for. */
struct ask {
	enum { ASK_ANY, ASK_ONE, ASK_GROUP } which;
	pid_t id; /* of a process or a group, as the caller knows it; ASK_ONE: 0 if it is gone */
	bool is_host; /* ... or as we do */
	int options;
	int depth; /* of the caller's PID namespace */
};

#define P_PIDFD_ 3 /* not in older headers */

static pid_t of_pidfd(struct os *os, pid_t pid, int fd)
{
	char path[48], text[1024], *at;

	snprintf(path, sizeof(path), "%d/fdinfo/%d", pid, fd);
	if (proc_read(os->proc_fd, path, text, sizeof(text)) <= 0)
		return 0;
	at = strstr(text, "\nPid:");
	return at ? (pid_t)strtol(at + 5, NULL, 10) : 0;
}

static void ask_by_id(struct ask *a, pid_t id)
{
	a->which = id == -1 ? ASK_ANY : id > 0 ? ASK_ONE : ASK_GROUP;
	a->id = id < 0 ? -id : id;
}

/* Not for who waits for any child: shells and daemons are, at each look. */
static int read_depth(struct os *os, const struct seen *s, int *ret)
{
	struct proc_status st;
	int r = proc_status(os->proc_fd, s->ref.pid, s->ref.pid, &st);

	if (!r)
		*ret = st.ns_depth ? st.ns_depth : 1;
	return r;
}

static int read_ask(struct os *os, const struct seen *s, struct ask *ret)
{
	pid_t id = (pid_t)s->args[1];
	int r;

	*ret = (struct ask){.depth = 1};
	if (s->syscall == SYS_wait4) {
		ret->options = (int)s->args[2];
		ask_by_id(ret, (pid_t)s->args[0]);
	} else {
		ret->options = (int)s->args[3];
		switch ((int)s->args[0]) {
		case P_ALL:
			ask_by_id(ret, -1);
			break;
		case P_PID:
			ask_by_id(ret, id);
			break;
		case P_PGID:
			*ret = (struct ask){ASK_GROUP, id, false, ret->options, 1};
			break;
		case P_PIDFD_:
			id = of_pidfd(os, s->ref.pid, (int)id);
			*ret = (struct ask){ASK_ONE, id > 0 ? id : 0, true, ret->options, 1};
			break;
		default:
			return -EINVAL;
		}
	}
	r = ret->which == ASK_ANY ? 0 : read_depth(os, s, &ret->depth);
	if (r)
		return r;
	if (ret->which == ASK_GROUP && !ret->id)
		ret->id = children_id(os->proc_fd, s->ref.pid, CHILD_PGRP, ret->depth);
	return 0;
}

/* The child that the caller knows by that number, as we know it. 0: there is none. */
static pid_t find_one(struct os *os, const struct seen *s, const struct ask *a)
{
	struct children c;

	if (a->is_host || a->depth == 1)
		return a->id;
	if (children_of(os->proc_fd, s->ref.pid, 0, &c) != 0)
		return 0;
	for (size_t i = 0; i < c.n; i++)
		if (children_id(os->proc_fd, c.pids[i], CHILD_PID, a->depth) == a->id)
			return c.pids[i];
	return 0;
}

int child_wait_recognise(struct os *os, const struct seen *s, struct wait *ret)
{
	struct proc_stat st;
	struct ask a;
	int r = read_ask(os, s, &a);

	if (r)
		return r == -EINVAL ? 0 : r;
	ret->kind = "child";
	ret->class = CLASS_EMPTY;
	ret->verb = "waits for";
	if (a.which == ASK_ONE) {
		ret->id = find_one(os, s, &a);
		if (ret->id && proc_stat(os->proc_fd, (pid_t)ret->id, (pid_t)ret->id, &st) == 0) {
			snprintf(ret->key, WAIT_KEY, "child:%d:%" PRIu64, (int)ret->id, st.start);
			return 1;
		}
		ret->id = 0;
	}
	/* any of several: of whose, and which, is all that identifies them */
	snprintf(ret->key, WAIT_KEY, "children:%d:%d:%" PRIu64 ":%d:%d", s->ref.pid,
		 a.options & __WNOTHREAD ? s->ref.tid : 0, s->ref.start, (int)a.which, (int)a.id);
	return 1;
}

/* ---- one ---- */

/* What has exited and cannot be reaped yet. */
static int state_zombie(const struct probe_env *env, const struct wait *w,
			const struct proc_stat *st)
{
	struct proc_status status;
	char why[96];

	if (st->n_threads > 1)
		return state_process(env, w, st->pid, EVIDENCE_EXACT,
				     "the child: its main thread has exited, others have not");
	if (proc_status(env->os->proc_fd, st->pid, st->pid, &status) == 0 && status.tracer) {
		snprintf(why, sizeof(why), "traces %d, which has exited, and is told of it first",
			 st->pid);
		return state_process(env, w, status.tracer, EVIDENCE_INFERRED, why);
	}
	return state_nobody(env, w, "the child has exited: it is about to be reaped");
}

static int state_one(const struct probe_env *env, const struct seen *s, const struct wait *w)
{
	struct os *os = env->os;
	pid_t pid = (pid_t)w->id, tgid = proc_tgid(os->proc_fd, pid);
	struct proc_status status = {.tracer = 0};
	struct proc_stat st;
	bool ours;
	char name[96];
	int r;

	r = tgid < 0 ? tgid : proc_stat(os->proc_fd, pid, pid, &st);
	if (r)
		return r == -ESRCH ? -ESTALE : r;
	ours = tgid == pid && st.ppid == s->ref.pid;
	if (!ours)
		proc_status(os->proc_fd, pid, pid, &status);
	snprintf(name, sizeof(name), "%s %d %s", ours ? "child" : "process", pid, st.comm);
	r = state_resource(env, w, name, st.state == 'Z' ? "has exited" : NULL, NULL, 0);
	if (r)
		return r;
	if (!ours && (!status.tracer || proc_tgid(os->proc_fd, status.tracer) != s->ref.pid))
		return state_nobody(env, w, "it is neither a child nor traced by who waits for it");
	if (st.state == 'Z')
		return state_zombie(env, w, &st);
	if (tgid != pid) {
		struct thread_ref thread = {tgid, pid, st.start};

		return state_hold(env, w, &thread, EVIDENCE_EXACT,
				  "the thread that is traced and waited for");
	}
	return state_process(env, w, pid, EVIDENCE_EXACT,
			     ours ? "the child that is waited for"
				  : "the process that is traced and waited for");
}

/* ---- any of several ---- */

/* Does the kernel count it as one that is waited for? As eligible_child(). */
static bool is_meant(struct os *os, const struct ask *a, pid_t pid, const struct proc_stat *st)
{
	bool clone = st->exit_signal != SIGCHLD;

	if (!(a->options & __WALL) && clone != !!(a->options & __WCLONE))
		return false;
	return a->which != ASK_GROUP ||
	       children_id(os->proc_fd, pid, CHILD_PGRP, a->depth) == a->id;
}

/* Keeps those that still can end. Returns how many have ended already. */
static size_t keep_meant(struct os *os, const struct seen *s, const struct ask *a,
			 struct children *c)
{
	size_t n = 0, ended = 0;
	struct proc_stat st;

	for (size_t i = 0; i < c->n; i++) {
		pid_t pid = c->pids[i];

		if (proc_stat(os->proc_fd, pid, pid, &st) != 0 || st.ppid != s->ref.pid ||
		    !is_meant(os, a, pid, &st))
			continue;
		if (st.state == 'Z' && st.n_threads <= 1)
			ended++;
		else
			c->pids[n++] = pid;
	}
	c->n = n;
	return ended;
}

static int state_each(const struct probe_env *env, const struct wait *w, const struct children *c)
{
	bool only = c->n == 1 && !c->more && !c->by_process;
	char why[96];
	int r = 0;

	if (only)
		snprintf(why, sizeof(why), "its only child");
	else
		snprintf(why, sizeof(why), "one of its %s%zu children, any of which will do",
			 c->more ? "at least " : "", c->n);
	for (size_t i = 0; !r && i < c->n; i++)
		r = state_process(env, w, c->pids[i], only ? EVIDENCE_EXACT : EVIDENCE_INFERRED,
				  why);
	return r;
}

int child_wait_describe(const struct probe_env *env, const struct seen *s, const struct wait *w)
{
	struct fact_number state[2] = {{"children", 0}, {"exited", 0}};
	char name[160], group[48] = "";
	struct children c;
	struct ask a;
	size_t ended;
	int r;

	if (w->id)
		return state_one(env, s, w);
	r = read_ask(env->os, s, &a);
	if (r)
		return r;
	if (a.which == ASK_ONE) {
		r = state_resource(env, w, "a process that is not there", NULL, NULL, 0);
		return r ? r : state_nobody(env, w, "no process has the number that is waited for");
	}
	r = children_of(env->os->proc_fd, s->ref.pid, a.options & __WNOTHREAD ? s->ref.tid : 0, &c);
	if (r)
		return r;
	ended = keep_meant(env->os, s, &a, &c);
	if (a.which == ASK_GROUP)
		snprintf(group, sizeof(group), " in process group %d", a.id);
	snprintf(name, sizeof(name), "any child of %d %s%s", s->ref.pid, s->comm, group);
	state[0].value = (int64_t)c.n;
	state[1].value = (int64_t)ended;
	r = state_resource(env, w, name, NULL, state, 2);
	if (r)
		return r;
	if (c.n)
		return state_each(env, w, &c);
	return state_nobody(env, w,
			    ended ? "its children have all exited already"
				  : "it has no such child: it may wait for what it traces");
}
