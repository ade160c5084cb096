// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../os/doing.h"
#include "../os/os.h"
#include "../os/proc.h"
#include "../ways/way.h"
#include "queue_end.h"
#include "state.h"

/* Looking at a thread takes some 30 us: past this number the process as a whole must do. */
#define THREADS_MAX 4096

/* More threads that can be meant than this: nobody reads on, the process must do. */
#define EACH_MAX 8

#define WHY 192

/* What a thread of that process does, seen from the queue. */
enum stance {
	AT_THIS_END,
	AT_OTHER_END, /* is stuck at the queue itself, like the waiter */
	STUCK,	      /* waits for a lock, for room or for a listener */
	IN_IO,	      /* may be stuck, or wait for what comes through a pipe or socket */
	BUSY,	      /* runs */
	IDLE,	      /* waits for work elsewhere */
	_STANCE_MAX,
};

struct census {
	const struct probe_env *env;
	const struct wait *wait;
	const struct queue_end *end;
	size_t n_threads;
	size_t n[_STANCE_MAX];
	struct thread_ref last[_STANCE_MAX];
	size_t n_meant; /* not at the other end */
	struct thread_ref meant[EACH_MAX];
};

static enum stance stance_of(const struct census *c, const struct seen *s)
{
	enum activity activity;
	char doing[128];
	struct wait w;

	if (probes_recognise(c->env->os, s, &w) == 1) {
		if (!strcmp(w.key, c->wait->key))
			return AT_OTHER_END;
		if (c->end->this_key && !strcmp(w.key, c->end->this_key))
			return AT_THIS_END;
		return class_is_idle(w.class) ? IDLE : STUCK;
	}
	if (doing_describe(c->env->os, s, &activity, doing, sizeof(doing)))
		return IDLE;
	switch (activity) {
	case ACT_RUNNING:
		return BUSY;
	case ACT_IO:
		return IN_IO;
	default:
		return IDLE;
	}
}

static int count_thread(void *ctx, pid_t tid)
{
	struct census *c = ctx;
	enum stance stance;
	struct seen s;

	if (++c->n_threads > THREADS_MAX)
		return -E2BIG;
	if (c->env->way->look(c->env->way_self, c->end->pid, tid, &s)) {
		c->n_threads--;
		return 0;
	}
	stance = stance_of(c, &s);
	c->n[stance]++;
	c->last[stance] = s.ref;
	if (stance != AT_OTHER_END && c->n_meant++ < EACH_MAX)
		c->meant[c->n_meant - 1] = s.ref;
	return 0;
}

/* The one thread that can be meant, or NULL; *ret_why continues "read it last". */
static const struct thread_ref *pick(const struct census *c, char *why, size_t size)
{
	size_t others = c->n_threads - c->n[AT_OTHER_END];

	why[0] = '\0';
	if (c->n_threads == 1)
		return &c->last[c->n[AT_THIS_END]    ? AT_THIS_END
				: c->n[AT_OTHER_END] ? AT_OTHER_END
				: c->n[STUCK]	     ? STUCK
				: c->n[IN_IO]	     ? IN_IO
				: c->n[BUSY]	     ? BUSY
						     : IDLE];
	if (c->n[AT_THIS_END] == 1) {
		snprintf(why, size, "; this thread is %s", c->end->doing);
		return &c->last[AT_THIS_END];
	}
	if (c->n[AT_THIS_END]) {
		snprintf(why, size, "; %zu of its threads are %s", c->n[AT_THIS_END],
			 c->end->doing);
		return NULL;
	}
	if (c->n[STUCK] == 1) {
		snprintf(why, size, "; this is its thread that is stuck elsewhere");
		return &c->last[STUCK];
	}
	if (c->n[STUCK]) {
		snprintf(why, size, "; %zu of its threads are stuck elsewhere", c->n[STUCK]);
		return NULL;
	}
	if (c->n[IN_IO] == 1 && !c->n[BUSY] && !c->end->keeps) {
		snprintf(why, size, "; this is its only thread in I/O");
		return &c->last[IN_IO];
	}
	if (others == 1) {
		snprintf(why, size, "; this is its only thread that does not wait for %s",
			 c->end->what);
		return &c->last[c->n[BUSY] ? BUSY : IDLE];
	}
	if (!others)
		snprintf(why, size, "; all of its threads wait for %s themselves", c->end->what);
	else
		snprintf(why, size, "; which of its threads that was is not known");
	return NULL;
}

/* A process that began after the queue was last used is another one with the same id. */
bool queue_end_began_after(uint64_t start_ticks, int64_t at_s)
{
	struct timespec boot, wall;
	int64_t began_s;

	clock_gettime(CLOCK_BOOTTIME, &boot);
	clock_gettime(CLOCK_REALTIME, &wall);
	began_s = wall.tv_sec - boot.tv_sec + (int64_t)(start_ticks / sysconf(_SC_CLK_TCK));
	/* two roundings to seconds, and a clock that may have been set: not for a hair's breadth */
	return at_s && began_s > at_s + 2;
}

static void format_time(int64_t at_s, char *buf, size_t size)
{
	time_t t = at_s;
	struct tm tm;

	if (!at_s || !localtime_r(&t, &tm) || !strftime(buf, size, ", %F %T", &tm))
		buf[0] = '\0';
}

/* Is the id one of a thread that is not its process's first? Then that is who it was. */
static bool is_thread(const struct probe_env *env, const struct queue_end *end,
		      struct thread_ref *ret)
{
	pid_t pid = proc_tgid(env->os->proc_fd, end->pid);
	struct proc_stat st;

	if (pid <= 0 || pid == end->pid || proc_stat(env->os->proc_fd, pid, end->pid, &st) ||
	    queue_end_began_after(st.start, end->at_s))
		return false;
	*ret = (struct thread_ref){.pid = pid, .tid = end->pid, .start = st.start};
	return true;
}

/* Whom the threads of a living process show to be meant. */
static int state_of_process(const struct probe_env *env, struct census *c,
			    const struct thread_ref *process, const char *when)
{
	const struct queue_end *end = c->end;
	const struct thread_ref *one = NULL;
	char why[WHY], more[96] = "";
	int r = proc_each_tid(env->os->proc_fd, end->pid, count_thread, c);

	if (!r && end->no_waiters && !c->n_meant)
		return -ENOENT;
	if (!r && c->n_threads)
		one = pick(c, more, sizeof(more));
	if (r || one || !end->each || c->n_meant > EACH_MAX) {
		snprintf(why, sizeof(why), "%s%s%s", end->did, when, more);
		return state_hold(env, c->wait, one ? one : process,
				  end->sole && (!one || c->n_threads == 1) ? EVIDENCE_EXACT
									   : EVIDENCE_INFERRED,
				  why);
	}
	snprintf(why, sizeof(why), "its process %s; which of %zu threads that was is not known",
		 end->did, c->n_meant);
	for (size_t i = 0; i < c->n_meant; i++) {
		r = state_hold(env, c->wait, &c->meant[i], EVIDENCE_INFERRED, why);
		if (r)
			return r;
	}
	return 0;
}

int queue_end_state(const struct probe_env *env, const struct wait *w, const struct queue_end *end)
{
	struct census c = {.env = env, .wait = w, .end = end};
	struct thread_ref process = {.pid = end->pid};
	char why[WHY], when[40] = "";
	struct proc_stat st;
	int r;

	if (!end->or_before)
		format_time(end->at_s, when, sizeof(when));
	if (!end->or_before && is_thread(env, end, &process)) {
		snprintf(why, sizeof(why), "%s%s", end->did, when);
		return state_hold(env, w, &process, EVIDENCE_INFERRED, why);
	}
	r = proc_stat(env->os->proc_fd, end->pid, end->pid, &st);
	if (r == -ESRCH || (!r && queue_end_began_after(st.start, end->at_s))) {
		snprintf(why, sizeof(why), "%s%s, and has exited", end->did, when);
		return state_gone(env, w, &process, EVIDENCE_INFERRED, why);
	}
	if (!r)
		process.start = st.start;
	return state_of_process(env, &c, &process, when);
}
