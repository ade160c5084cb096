// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "../os/os.h"
#include "../os/proc.h"
#include "queue_end.h"
#include "state.h"
#include "which_thread.h"

#define WHY 192

static enum stance at_queue(const void *ctx, struct os *os, const struct seen *s)
{
	const struct queue_end *end = ctx;

	(void)os;
	if ((int)s->args[0] != end->id)
		return STANCE_IDLE;
	return s->syscall == end->this_syscall	  ? STANCE_THIS_END
	       : s->syscall == end->other_syscall ? STANCE_OTHER_END
						  : STANCE_IDLE;
}

/* A process that began after the queue was last used is another one with the same id. */
static bool began_after(uint64_t start_ticks, int64_t at_s)
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
	    began_after(st.start, end->at_s))
		return false;
	*ret = (struct thread_ref){.pid = pid, .tid = end->pid, .start = st.start};
	return true;
}

int queue_end_state(const struct probe_env *env, const struct wait *w, const struct queue_end *end)
{
	const struct which_thread question = {
		.pid = end->pid,
		.thing = "the queue",
		.doing = end->doing,
		.at = at_queue,
		.ctx = end,
	};
	struct thread_ref process = {.pid = end->pid}, one;
	bool found = false;
	char why[WHY], more[96] = "", when[40];
	struct proc_stat st;
	int r;

	format_time(end->at_s, when, sizeof(when));
	if (is_thread(env, end, &process)) {
		snprintf(why, sizeof(why), "%s%s", end->did, when);
		return state_hold(env, w, &process, EVIDENCE_INFERRED, why);
	}
	r = proc_stat(env->os->proc_fd, end->pid, end->pid, &st);
	if (r == -ESRCH || (!r && began_after(st.start, end->at_s))) {
		snprintf(why, sizeof(why), "%s%s, and has exited", end->did, when);
		return state_gone(env, w, &process, EVIDENCE_INFERRED, why);
	}
	if (!r) {
		process.start = st.start;
		found = which_thread(env, &question, &one, more, sizeof(more));
	}
	snprintf(why, sizeof(why), "%s%s%s", end->did, when, more);
	return state_hold(env, w, found ? &one : &process, EVIDENCE_INFERRED, why);
}
