// SPDX-License-Identifier: GPL-2.0
/*
 * Who is at the other end of a pipe: whoever has it open. The waiter's own
 * process often has it as well, inherited and forgotten, so it counts only if
 * nobody else does, or if one of its threads is seen at that end.
 */
#include "pipe_ends.h"

#include <stdio.h>
#include <string.h>

#include "../os/holders.h"
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
	char this_key[WAIT_KEY]; /* of a wait at the other end */
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
	e->found = probes_recognise(e->env->os, &s, &w) == 1 && !strcmp(w.key, e->this_key);
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
		.doing = e->wait->class == CLASS_FULL ? "reading from it" : "writing to it",
		.what = "the pipe",
		.this_key = e->this_key,
		.sole = sole,
	};

	if (!closely)
		return state_process(e->env, e->wait, pid, EVIDENCE_INFERRED, why);
	return queue_end_state(e->env, e->wait, &end);
}

static int state_none(const struct ends *e, const char *end, bool own, size_t unseen)
{
	char why[128];

	if (own)
		snprintf(why, sizeof(why), "only the thread that waits has the %s end open", end);
	else
		snprintf(why, sizeof(why), "no process %swas found to have the %s end open",
			 unseen ? "that may be looked at " : "", end);
	return state_nobody(e->env, e->wait, why);
}

static int state_all(struct ends *e, const struct holder_list *l, const char *end)
{
	uint8_t use = e->wait->class == CLASS_FULL ? HOLDER_READS : HOLDER_WRITES;
	bool own = false, own_counts, sole;
	size_t others = 0, n;
	char why[128];
	int r = 0;

	for (size_t i = 0; i < l->n; i++) {
		if (!(l->uses[i] & use))
			continue;
		if (l->pids[i] == e->waiter->ref.pid)
			own = true;
		else
			others++;
	}
	own_counts = own && has_other_threads(e) && (!others || own_thread_is_there(e));
	n = others + own_counts;
	if (!n)
		return state_none(e, end, own, l->unseen);
	sole = n == 1 && !l->more && !l->unseen;
	if (l->more)
		snprintf(why, sizeof(why), "has the %s end open, as many processes have", end);
	else if (n > 1)
		snprintf(why, sizeof(why), "one of %zu processes with the %s end open", n, end);
	else if (l->unseen)
		snprintf(why, sizeof(why),
			 "has the %s end open; %zu other processes could not be looked at", end,
			 l->unseen);
	else
		snprintf(why, sizeof(why), "the only %sprocess with the %s end open",
			 own && !own_counts ? "other " : "", end);
	for (size_t i = 0; i < l->n && !r; i++) {
		bool is_own = l->pids[i] == e->waiter->ref.pid;

		if (l->uses[i] & use && (!is_own || own_counts))
			r = state_one(e, l->pids[i], why, sole, n <= CLOSELY_MAX);
	}
	return r;
}

int pipe_ends_state(const struct probe_env *env, const struct seen *s, const struct wait *w,
		    const struct held *pipe)
{
	bool full = w->class == CLASS_FULL;
	struct ends e = {.env = env, .waiter = s, .wait = w};
	size_t len = strlen(w->key) - strlen(full ? "space" : "data");
	struct holder_list l;

	snprintf(e.this_key, sizeof(e.this_key), "%.*s%s", (int)len, w->key,
		 full ? "data" : "space");
	if (holders_of(env->os->holders, env->os->proc_fd, pipe, &l))
		return state_nobody(env, w, "the descriptors of other processes cannot be read");
	return state_all(&e, &l, full ? "read" : "write");
}
