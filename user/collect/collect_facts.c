// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "collect_places.h"
#include "collect_private.h"
#include "collect_retries.h"
#include "../os/cgroup.h"
#include "../os/doing.h"
#include "../os/os.h"
#include "../os/proc.h"
#include "../os/syscalls.h"
#include "../os/time_left.h"

#define DOING 192
#define PATH  4096

static uint64_t wall_of(uint64_t ns)
{
	return ns ? os_wall_of_ns(ns) : 0;
}

/* The base name of a process's program. The link is read, not followed: that cannot hang. */
static const char *exe_name(const struct collector *c, pid_t pid, char buf[PATH])
{
	char path[32], *slash;
	ssize_t n;

	snprintf(path, sizeof(path), "%d/exe", pid);
	n = readlinkat(c->os->proc_fd, path, buf, PATH - 1);
	if (n <= 0)
		return NULL;
	buf[n] = '\0';
	slash = strrchr(buf, '/');
	return slash ? slash + 1 : buf;
}

int put_process(struct collector *c, pid_t pid)
{
	char exe[PATH], cgroup[CGROUP_PATH], unit[CGROUP_UNIT];
	struct proc_status status;
	struct proc_stat st;
	struct fact f = {.type = FACT_PROCESS};
	int r = process_is_new(c, pid);

	if (r <= 0)
		return r;
	if (proc_stat(c->os->proc_fd, pid, pid, &st))
		return 0; /* gone: its threads say so */
	f.process = (struct fact_process){
		.pid = pid,
		.start = st.start,
		.comm = st.comm,
		.exe = exe_name(c, pid, exe),
		.threads = st.n_threads,
		.unused = places_unused(c->places, pid),
	};
	if (!proc_status(c->os->proc_fd, pid, pid, &status) && status.ns_depth > 1)
		f.process.ns_pid = status.ns_tid;
	if (!cgroup_of(c->os->proc_fd, pid, cgroup)) {
		f.process.cgroup = cgroup;
		f.process.unit = cgroup_unit(cgroup, unit) ? unit : NULL;
	}
	return fact_put(c->out, &f);
}

/* Of who holds something: does it work, or does it poll? */
static void add_motion(struct collector *c, const struct node *node, struct fact_thread *ret)
{
	const struct seen *s = &node->seen;
	int32_t call = syscall_of(s);
	struct proc_schedstat stat;
	char path[64], text[128];

	snprintf(path, sizeof(path), "%d/task/%d/schedstat", s->ref.pid, s->ref.tid);
	if (proc_read(c->os->proc_fd, path, text, sizeof(text)) > 0 &&
	    !proc_parse_schedstat(text, &stat))
		ret->cpu_ns = stat.ran_ns;
	if (ret->activity != ACT_SLEEPING && ret->activity != ACT_LOCK_WAIT)
		return;
	ret->timed = time_limited(c->os, s, call);
	if (ret->timed && !time_left(c->os, s, call, &ret->left_ns))
		ret->left_ns = 0;
}

int put_thread(struct collector *c, const struct node *node)
{
	const struct seen *s = &node->seen;
	enum activity activity = ACT_UNKNOWN;
	char doing[DOING] = "not known";
	struct fact f = {.type = FACT_THREAD};

	if (node->error == -ESRCH) {
		activity = ACT_GONE;
		snprintf(doing, sizeof(doing), "does not exist any more");
	} else if (node->error) {
		snprintf(doing, sizeof(doing), "cannot be looked at: %s", strerror(-node->error));
	} else if (doing_describe(c->os, s, &activity, doing, sizeof(doing))) {
		activity = ACT_UNKNOWN;
		snprintf(doing, sizeof(doing), "not known");
	}
	if (node->waits && node->polled_fd >= 0)
		activity = ACT_IO; /* no event loop */
	f.thread = (struct fact_thread){
		.ref = node->ref,
		.comm = node->error ? NULL : s->comm,
		.state = node->error == -ESRCH ? 'X'
			 : node->error	       ? '?'
					       : s->state,
		.activity = activity,
		.doing = doing,
		.syscall = node->error ? -1 : s->syscall,
		.sp = s->sp,
		.nvcsw = s->nvcsw,
		.nivcsw = s->nivcsw,
		.ran_ns = s->ran_ns,
		.ran_wall_ns = wall_of(s->ran_ns),
	};
	if (node->held && !node->error)
		add_motion(c, node, &f.thread);
	return fact_put(c->out, &f);
}

int put_wait(struct collector *c, const struct node *node)
{
	enum since_quality quality;
	uint64_t since = wait_since(&node->seen, &node->wait, &quality);
	uint32_t tries = retries_of(c, node, &since);
	struct fact f = {
		.type = FACT_WAIT,
		.wait =
			{
				.ref = node->ref,
				.resource = node->wait.key,
				.verb = node->wait.verb,
				.since_ns = since,
				.since_wall_ns = wall_of(since),
				.quality = tries ? SINCE_AT_LEAST : quality,
				.before = since < c->began_ns,
				.habit = node->habit,
				.tries = tries,
			},
	};

	return fact_put(c->out, &f);
}
