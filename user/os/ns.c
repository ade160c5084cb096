// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "ns.h"
#include "proc.h"

int ns_inode(int proc_fd, pid_t pid, const char *which, uint64_t *ret)
{
	char path[64], link[64], *bracket;
	ssize_t n;

	if (pid)
		snprintf(path, sizeof(path), "%d/ns/%s", pid, which);
	else
		snprintf(path, sizeof(path), "self/ns/%s", which);
	n = readlinkat(proc_fd, path, link, sizeof(link) - 1);
	if (n < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	link[n] = '\0';
	for (bracket = link; *bracket && *bracket != '['; bracket++)
		;
	if (sscanf(bracket, "[%" SCNu64 "]", ret) != 1)
		return -EPROTO;
	return 0;
}

/* PROC_PID_INIT_INO */
#define FIRST_PID_NAMESPACE 0xEFFFFFFCU

bool ns_see_all_pids(int proc_fd)
{
	uint64_t ns;

	return !ns_inode(proc_fd, 0, "pid", &ns) && ns == FIRST_PID_NAMESPACE;
}

/* Fills *ret if the thread is alive: an exited leader stays in /proc until the last thread ends. */
static int live_thread(int proc_fd, pid_t pid, pid_t tid, struct thread_ref *ret)
{
	struct proc_stat st;
	int r = proc_stat(proc_fd, pid, tid, &st);

	if (r)
		return r;
	if (st.state == 'Z' || st.state == 'X')
		return -ESRCH;
	*ret = (struct thread_ref){.pid = pid, .tid = tid, .start = st.start};
	return 0;
}

struct search {
	int proc_fd;
	uint64_t ns; /* only processes of this PID namespace */
	pid_t inner; /* looked for: an id in that namespace */
	pid_t pid;   /* whose threads are gone through */
	pid_t outer; /* found */
};

static int match_tid(void *ctx, pid_t tid)
{
	struct search *s = ctx;
	struct proc_status st;

	if (proc_status(s->proc_fd, s->pid, tid, &st) || st.ns_tid != s->inner)
		return 0;
	s->outer = tid;
	return 1;
}

static int match_pid(void *ctx, pid_t pid)
{
	struct search *s = ctx;
	uint64_t ns;

	if (ns_inode(s->proc_fd, pid, "pid", &ns) || ns != s->ns)
		return 0;
	s->pid = pid;
	return proc_each_tid(s->proc_fd, pid, match_tid, s) == 1;
}

int ns_find_thread(int proc_fd, pid_t pid, pid_t tid, bool same_process, struct thread_ref *ret)
{
	struct search search = {.proc_fd = proc_fd, .inner = tid, .pid = pid};
	struct proc_status st;
	pid_t tgid;
	int r;

	r = proc_status(proc_fd, pid, pid, &st);
	if (r)
		return r;
	if (st.ns_depth <= 1) {
		tgid = proc_tgid(proc_fd, tid);
		if (tgid < 0)
			return tgid == -ENOENT ? -ESRCH : tgid;
		if (same_process && tgid != pid)
			return -ESRCH;
		return live_thread(proc_fd, tgid, tid, ret);
	}
	if (same_process) {
		r = proc_each_tid(proc_fd, pid, match_tid, &search);
	} else {
		r = ns_inode(proc_fd, pid, "pid", &search.ns);
		if (!r)
			r = proc_each_pid(proc_fd, match_pid, &search);
	}
	if (r < 0)
		return r;
	return r == 1 ? live_thread(proc_fd, search.pid, search.outer, ret) : -ESRCH;
}
