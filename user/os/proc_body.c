// SPDX-License-Identifier: GPL-2.0
#include "proc_body.h"

#include "proc.h"

static bool has_ended(int proc_fd, pid_t pid, pid_t tid)
{
	struct proc_stat st;

	return proc_stat(proc_fd, pid, tid, &st) || st.state == 'Z' || st.state == 'X';
}

struct search {
	int proc_fd;
	pid_t pid, found;
};

static int try_thread(void *ctx, pid_t tid)
{
	struct search *s = ctx;

	if (tid == s->pid || has_ended(s->proc_fd, s->pid, tid))
		return 0;
	s->found = tid;
	return 1;
}

bool proc_other_body(int proc_fd, pid_t *pid)
{
	struct search s = {.proc_fd = proc_fd, .pid = *pid};

	if (!has_ended(proc_fd, *pid, *pid) || proc_each_tid(proc_fd, *pid, try_thread, &s) != 1)
		return false;
	*pid = s.found;
	return true;
}
