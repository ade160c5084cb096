// SPDX-License-Identifier: GPL-2.0
#include "which_thread.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../os/doing.h"
#include "../os/os.h"
#include "../os/proc.h"
#include "../ways/way.h"

/* Looking at a thread takes some 30 us: past this number the process as a whole must do. */
#define THREADS_MAX 4096

/* What a thread of that process does, seen from the thing. */
enum stance {
	STANCE_THIS_END,  /* is just using the other end */
	STANCE_OTHER_END, /* waits at the same end as the waiter: it is in the same plight */
	STANCE_STUCK,	  /* waits for a lock, for room or for a listener */
	STANCE_IN_IO,	  /* may be stuck, or wait for what comes through a pipe or socket */
	STANCE_BUSY,	  /* runs */
	STANCE_IDLE,	  /* waits for work elsewhere */
	STANCE_JOINS,	  /* waits for another thread to end: does nothing else before */
	_STANCE_MAX,
};

struct census {
	const struct probe_env *env;
	const struct which_thread *q;
	struct threads_meant *meant;
	size_t n_threads;
	size_t n[_STANCE_MAX];
	struct thread_ref last[_STANCE_MAX];
};

static enum stance stance_of(const struct census *c, const struct seen *s)
{
	const struct which_thread *q = c->q;
	bool idle = false;
	struct wait w;

	if (probes_recognise(c->env->os, s, &w) == 1) {
		if (!strcmp(w.key, q->key))
			return STANCE_OTHER_END;
		if (q->this_key && !strcmp(w.key, q->this_key))
			return STANCE_THIS_END;
		if (!class_is_idle(w.class))
			return STANCE_STUCK;
		idle = true;
		if (w.follow)
			return STANCE_JOINS;
	}
	if (q->at_this_end && s->syscall >= 0 && q->at_this_end(q->ctx, c->env->os, s))
		return STANCE_THIS_END;
	/* what it waits for may be work as well as an answer: nothing to build a chain on */
	if (idle)
		return STANCE_IDLE;
	switch (doing_activity(c->env->os, s)) {
	case ACT_RUNNING:
		return STANCE_BUSY;
	case ACT_IO:
		return STANCE_IN_IO;
	default:
		return STANCE_IDLE;
	}
}

static int count_thread(void *ctx, pid_t tid)
{
	struct census *c = ctx;
	enum stance stance;
	struct seen s;

	if (++c->n_threads > THREADS_MAX)
		return -E2BIG;
	if (c->env->way->look(c->env->way_self, c->q->pid, tid, &s)) {
		c->n_threads--;
		return 0;
	}
	stance = stance_of(c, &s);
	c->n[stance]++;
	c->last[stance] = s.ref;
	if (stance != STANCE_OTHER_END && c->meant->n++ < THREADS_MEANT_MAX)
		c->meant->all[c->meant->n - 1] = s.ref;
	return 0;
}

static const struct thread_ref *only_thread(const struct census *c)
{
	for (enum stance i = 0; i < _STANCE_MAX; i++) {
		if (c->n[i])
			return &c->last[i];
	}
	return NULL;
}

static const struct thread_ref *pick(const struct census *c, char *why, size_t size)
{
	size_t others = c->n_threads - c->n[STANCE_OTHER_END] - c->n[STANCE_JOINS];

	if (c->n_threads == 1)
		return only_thread(c);
	if (c->n[STANCE_THIS_END] == 1) {
		snprintf(why, size, "; this thread is %s", c->q->doing);
		return &c->last[STANCE_THIS_END];
	}
	if (c->n[STANCE_THIS_END]) {
		snprintf(why, size, "; %zu of its threads are %s", c->n[STANCE_THIS_END],
			 c->q->doing);
		return NULL;
	}
	if (c->n[STANCE_STUCK] == 1) {
		snprintf(why, size, "; this is its thread that is stuck elsewhere");
		return &c->last[STANCE_STUCK];
	}
	if (c->n[STANCE_STUCK]) {
		snprintf(why, size, "; %zu of its threads are stuck elsewhere", c->n[STANCE_STUCK]);
		return NULL;
	}
	if (c->n[STANCE_IN_IO] == 1 && !c->n[STANCE_BUSY] && !c->q->keeps) {
		snprintf(why, size, "; this is its only thread in I/O");
		return &c->last[STANCE_IN_IO];
	}
	if (others == 1) {
		snprintf(why, size, "; this is its only thread that does not wait for %s%s",
			 c->q->thing, c->n[STANCE_JOINS] ? " or another thread" : "");
		return &c->last[c->n[STANCE_BUSY] ? STANCE_BUSY : STANCE_IDLE];
	}
	if (!others)
		snprintf(why, size, "; all of its threads wait for %s themselves", c->q->thing);
	else
		snprintf(why, size, "; which of its threads that was is not known");
	return NULL;
}

int which_thread(const struct probe_env *env, const struct which_thread *q,
		 struct threads_meant *ret)
{
	struct census c = {.env = env, .q = q, .meant = ret};
	const struct thread_ref *one = NULL;
	int r;

	*ret = (struct threads_meant){0};
	r = proc_each_tid(env->os->proc_fd, q->pid, count_thread, &c);
	if (r) {
		*ret = (struct threads_meant){0};
		return r;
	}
	ret->n_threads = c.n_threads;
	if (c.n_threads)
		one = pick(&c, ret->why, sizeof(ret->why));
	if (one) {
		ret->found = true;
		ret->one = *one;
	}
	return 0;
}
