// SPDX-License-Identifier: GPL-2.0
#include "proc_body.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

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

int proc_each_fd(int proc_fd, pid_t pid, int (*fn)(void *ctx, int fd), void *ctx)
{
	char path[32];

	snprintf(path, sizeof(path), "%d/fd", pid);
	int result = proc_each_id_at(proc_fd, path, fn, ctx);

	if ((result != -ESRCH && result != -ENOENT) || !proc_other_body(proc_fd, &pid))
		return result;
	snprintf(path, sizeof(path), "%d/fd", pid);
	return proc_each_id_at(proc_fd, path, fn, ctx);
}

int proc_fd_name(int proc_fd, pid_t pid, int fd, char *buf, size_t size)
{
	char path[64];

	snprintf(path, sizeof(path), "%d/fd/%d", pid, fd);
	ssize_t n = readlinkat(proc_fd, path, buf, size - 1);

	if (n < 0 && errno == ENOENT && proc_other_body(proc_fd, &pid)) {
		snprintf(path, sizeof(path), "%d/fd/%d", pid, fd);
		n = readlinkat(proc_fd, path, buf, size - 1);
	}
	if (n < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	buf[n] = '\0';
	return 0;
}
