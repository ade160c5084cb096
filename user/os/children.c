// SPDX-License-Identifier: GPL-2.0
#include "children.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proc.h"

#define TEXT_MAX 4096
#define TRIES	 3

static void add(struct children *c, pid_t pid)
{
	if (c->n < CHILDREN_MAX)
		c->pids[c->n++] = pid;
	else
		c->more = true;
}

/*
 * The kernel may leave out children while others of them are being reaped. What
 * reads the same twice is whole.
 */
static int add_of_thread(int proc_fd, pid_t pid, pid_t tid, struct children *c)
{
	char path[48], text[2][TEXT_MAX], *end;
	int tries = 0;
	ssize_t n;

	snprintf(path, sizeof(path), "%d/task/%d/children", pid, tid);
	text[1][0] = '\0';
	do {
		memcpy(text[0], text[1], TEXT_MAX);
		n = proc_read(proc_fd, path, text[1], TEXT_MAX);
		if (n < 0)
			return (int)n;
	} while (tries++ == 0 || (strcmp(text[0], text[1]) != 0 && tries <= TRIES));
	c->more |= tries > TRIES;
	if (n >= TEXT_MAX - 1) {
		c->more = true;
		text[1][strrchr(text[1], ' ') ? strrchr(text[1], ' ') - text[1] : 0] = '\0';
	}
	for (const char *p = text[1];; p = end) {
		long id = strtol(p, &end, 10);

		if (end == p)
			return 0;
		add(c, (pid_t)id);
	}
}

struct walk {
	int proc_fd;
	pid_t parent;
	struct children *ret;
	int result;
};

static int thread_of_parent(void *ctx, pid_t tid)
{
	struct walk *w = ctx;
	int r = add_of_thread(w->proc_fd, w->parent, tid, w->ret);

	w->result = r == -ESRCH ? w->result : r; /* it has ended: another has its children */
	return w->result;
}

static int process_of_parent(void *ctx, pid_t pid)
{
	struct walk *w = ctx;
	struct proc_stat st;

	if (proc_stat(w->proc_fd, pid, pid, &st) == 0 && st.ppid == w->parent)
		add(w->ret, pid);
	return 0;
}

static bool kernel_lists_children(int proc_fd, pid_t pid)
{
	char path[48];

	snprintf(path, sizeof(path), "%d/task/%d/children", pid, pid);
	return faccessat(proc_fd, path, F_OK, 0) == 0;
}

int children_of(int proc_fd, pid_t pid, pid_t tid, struct children *ret)
{
	struct walk w = {.proc_fd = proc_fd, .parent = pid, .ret = ret};
	int r;

	*ret = (struct children){.n = 0};
	if (!kernel_lists_children(proc_fd, pid)) {
		ret->by_process = true;
		return proc_each_pid(proc_fd, process_of_parent, &w);
	}
	if (tid)
		return add_of_thread(proc_fd, pid, tid, ret);
	r = proc_each_tid(proc_fd, pid, thread_of_parent, &w);
	return r < 0 ? r : w.result;
}

pid_t children_id(int proc_fd, pid_t pid, enum children_id which, int depth)
{
	char path[32], text[4096], *at, *end;
	long id = 0;

	snprintf(path, sizeof(path), "%d/status", pid);
	if (proc_read(proc_fd, path, text, sizeof(text)) <= 0)
		return 0;
	at = strstr(text, which == CHILD_PID ? "\nNSpid:" : "\nNSpgid:");
	if (!at)
		return 0;
	at = strchr(at, ':') + 1;
	for (int i = 0; i < depth; i++, at = end) {
		id = *at == '\n' ? 0 : strtol(at, &end, 10);
		if (*at == '\n' || end == at)
			return 0;
	}
	return (pid_t)id;
}
