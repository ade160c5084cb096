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
static int state_of_process(const struct probe_env *env, const struct wait *w,
			    const struct queue_end *end, const struct thread_ref *process,
			    const char *when)
{
	const struct which_thread question = {
		.pid = end->pid,
		.key = w->key,
		.this_key = end->this_key,
		.thing = end->what,
		.doing = end->doing,
		.keeps = end->keeps,
	};
	struct threads_meant meant;
	char why[WHY];
	int r = which_thread(env, &question, &meant);

	if (!r && end->no_waiters && !meant.n)
		return -ENOENT;
	if (r || meant.found || !end->each || meant.n > THREADS_MEANT_MAX) {
		snprintf(why, sizeof(why), "%s%s%s", end->did, when, meant.why);
		return state_hold(env, w, meant.found ? &meant.one : process,
				  end->sole && (!meant.found || meant.n_threads == 1)
					  ? EVIDENCE_EXACT
					  : EVIDENCE_INFERRED,
				  why);
	}
	snprintf(why, sizeof(why), "its process %s; which of %zu threads that was is not known",
		 end->did, meant.n);
	for (size_t i = 0; !r && i < meant.n; i++)
		r = state_hold(env, w, &meant.all[i], EVIDENCE_INFERRED, why);
	return r;
}

int queue_end_state(const struct probe_env *env, const struct wait *w, const struct queue_end *end)
{
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
	return state_of_process(env, w, end, &process, when);
}
