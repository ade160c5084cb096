// SPDX-License-Identifier: GPL-2.0
#include "ipc_ns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#include "child.h"
#include "ns.h"

/* setns and the calls of IPC do not sleep; a second is for a machine under load. */
#define ASK_NS 1000000000ull

struct inside {
	int ns_fd;
	int (*ask)(const void *question, void *answer);
	const void *question;
};

static int ask_inside(const void *question, void *answer)
{
	const struct inside *q = question;

	if (setns(q->ns_fd, CLONE_NEWIPC))
		return -errno;
	return q->ask(q->question, answer);
}

int ipc_ns_ask(int proc_fd, pid_t pid, int (*ask)(const void *question, void *answer),
	       const void *question, void *answer, size_t size)
{
	struct inside q = {.ask = ask, .question = question};
	uint64_t ours, theirs;
	char path[32];
	int r;

	r = ns_inode(proc_fd, pid, "ipc", &theirs);
	if (!r)
		r = ns_inode(proc_fd, 0, "ipc", &ours);
	if (r)
		return r;
	if (ours == theirs)
		return ask(question, answer);
	snprintf(path, sizeof(path), "%d/ns/ipc", pid);
	q.ns_fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
	if (q.ns_fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	r = child_ask(ask_inside, &q, answer, size, ASK_NS);
	close(q.ns_fd);
	return r;
}
