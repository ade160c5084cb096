// SPDX-License-Identifier: GPL-2.0
#include "which_thread.h"

#include <errno.h>
#include <stdio.h>

#include "../os/doing.h"
#include "../os/os.h"
#include "../os/proc.h"
#include "../ways/way.h"

/* Looking at a thread takes some 30 us: past this number the process as a whole must do. */
#define THREADS_MAX 4096

struct census {
	const struct probe_env *env;
	const struct which_thread *q;
	size_t n_threads;
	size_t n[_STANCE_MAX];
	struct thread_ref last[_STANCE_MAX];
};

static enum stance stance_of(const struct census *c, const struct seen *s)
{
	enum stance at = s->syscall >= 0 ? c->q->at(c->q->ctx, c->env->os, s) : STANCE_IDLE;
	enum activity activity;
	char doing[128];
	struct wait w;

	if (at == STANCE_THIS_END || at == STANCE_OTHER_END)
		return at;
	if (probes_recognise(c->env->os, s, &w) == 1 && w.class != CLASS_EMPTY)
		return w.class == CLASS_PARK ? STANCE_IDLE : STANCE_STUCK;
	if (doing_describe(c->env->os, s, &activity, doing, sizeof(doing)))
		return STANCE_IDLE;
	switch (activity) {
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
	size_t others = c->n_threads - c->n[STANCE_OTHER_END];

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
	if (c->n[STANCE_IN_IO] == 1 && !c->n[STANCE_BUSY]) {
		snprintf(why, size, "; this is its only thread in I/O");
		return &c->last[STANCE_IN_IO];
	}
	if (others == 1) {
		snprintf(why, size, "; this is its only thread that does not wait for %s",
			 c->q->thing);
		return &c->last[c->n[STANCE_BUSY] ? STANCE_BUSY : STANCE_IDLE];
	}
	if (!others)
		snprintf(why, size, "; all of its threads wait for %s themselves", c->q->thing);
	else
		snprintf(why, size, "; which of its threads that was is not known");
	return NULL;
}

bool which_thread(const struct probe_env *env, const struct which_thread *q, struct thread_ref *ret,
		  char *why, size_t size)
{
	struct census c = {.env = env, .q = q};
	const struct thread_ref *one;

	why[0] = '\0';
	if (proc_each_tid(env->os->proc_fd, q->pid, count_thread, &c) || !c.n_threads)
		return false;
	one = pick(&c, why, size);
	if (one)
		*ret = *one;
	return one;
}
