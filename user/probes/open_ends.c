// SPDX-License-Identifier: GPL-2.0
#include "open_ends.h"

#include <stdio.h>
#include <string.h>

#include "../os/os.h"
#include "../os/proc.h"
#include "../ways/way.h"
#include "queue_end.h"
#include "state.h"

/* More processes than this: which of their threads is meant is not looked into. */
#define CLOSELY_MAX 8

struct ends {
	const struct probe_env *env;
	const struct seen *waiter;
	const struct wait *wait;
	const struct open_end *end;
	bool found;
};

static int match_thread(void *ctx, pid_t tid)
{
	struct ends *e = ctx;
	struct seen s;
	struct wait w;

	if (tid == e->waiter->ref.tid ||
	    e->env->way->look(e->env->way_self, e->waiter->ref.pid, tid, &s))
		return 0;
	e->found = probes_recognise(e->env->os, &s, &w) == 1 && !strcmp(w.key, e->end->other_key);
	return e->found;
}

/* Is a thread of the waiter's own process seen at the other end? */
static bool own_thread_is_there(struct ends *e)
{
	e->found = false;
	proc_each_tid(e->env->os->proc_fd, e->waiter->ref.pid, match_thread, e);
	return e->found;
}

static bool has_other_threads(const struct ends *e)
{
	struct proc_stat st;
	pid_t pid = e->waiter->ref.pid;

	return !proc_stat(e->env->os->proc_fd, pid, pid, &st) && st.n_threads > 1;
}

static int state_one(const struct ends *e, pid_t pid, const char *why, bool sole, bool closely)
{
	const struct queue_end end = {
		.pid = pid,
		.did = why,
		.doing = e->end->doing,
		.what = e->end->thing,
		.this_key = e->end->other_key,
		.sole = sole,
	};

	if (!closely)
		return state_process(e->env, e->wait, pid, EVIDENCE_INFERRED, why);
	return queue_end_state(e->env, e->wait, &end);
}

static int state_none(const struct ends *e, bool own, size_t unseen)
{
	char why[128];

	if (own)
		snprintf(why, sizeof(why), "only the thread that waits has %s", e->end->what);
	else
		snprintf(why, sizeof(why), "no process %swas found to have %s",
			 unseen ? "that may be looked at " : "", e->end->what);
	return state_nobody(e->env, e->wait, why);
}

static void say_why(const struct ends *e, const struct holder_list *l, size_t n, bool other,
		    char *buf, size_t size)
{
	const char *what = e->end->what;

	if (l->more)
		snprintf(buf, size, "has %s, as many processes have", what);
	else if (n > 1)
		snprintf(buf, size, "one of %zu processes with %s", n, what);
	else if (l->unseen)
		snprintf(buf, size, "has %s; %zu other processes could not be looked at", what,
			 l->unseen);
	else
		snprintf(buf, size, "the only %sprocess with %s", other ? "other " : "", what);
}

int open_ends_state(const struct probe_env *env, const struct seen *s, const struct wait *w,
		    const struct open_end *end)
{
	struct ends e = {.env = env, .waiter = s, .wait = w, .end = end};
	bool own = false, own_counts, sole;
	struct holder_list l;
	size_t others = 0, n;
	char why[128];
	int r = 0;

	if (holders_of(env->os->holders, env->os->proc_fd, &end->held, &l))
		return state_nobody(env, w, "the descriptors of other processes cannot be read");
	for (size_t i = 0; i < l.n; i++) {
		if (!(l.uses[i] & end->use))
			continue;
		if (l.pids[i] == s->ref.pid)
			own = true;
		else
			others++;
	}
	own_counts = own && has_other_threads(&e) && (!others || own_thread_is_there(&e));
	n = others + own_counts;
	if (!n)
		return state_none(&e, own, l.unseen);
	sole = n == 1 && !l.more && !l.unseen && !end->vague;
	say_why(&e, &l, n, own && !own_counts, why, sizeof(why));
	for (size_t i = 0; i < l.n && !r; i++) {
		bool is_own = l.pids[i] == s->ref.pid;

		if (l.uses[i] & end->use && (!is_own || own_counts))
			r = state_one(&e, l.pids[i], why, sole, n <= CLOSELY_MAX);
	}
	return r;
}
