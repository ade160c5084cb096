// SPDX-License-Identifier: GPL-2.0
#include "target.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "os/proc.h"

/* Processes come and go slowly compared with looks; a pass over /proc costs 10 us a process. */
#define REFRESH_NS 500000000ULL

struct target {
	int proc_fd;
	pid_t pid; /* 0: the whole system */
	bool children;
	pid_t self;
	uint64_t start; /* of pid, so that a reused id is not taken for it */
	pid_t *pids;
	size_t n, room;
	uint64_t refreshed_ns;
};

struct parent {
	pid_t pid, ppid;
};

struct parents {
	int proc_fd;
	struct parent *list;
	size_t n, room;
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + (uint64_t)ts.tv_nsec;
}

static int add_pid(struct target *t, pid_t pid)
{
	if (t->n == t->room) {
		size_t room = t->room ? t->room * 2 : 16;
		pid_t *pids = reallocarray(t->pids, room, sizeof(*pids));

		if (!pids)
			return -ENOMEM;
		t->pids = pids;
		t->room = room;
	}
	t->pids[t->n++] = pid;
	return 0;
}

int target_new(int proc_fd, pid_t pid, bool children, struct target **ret)
{
	struct target *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	*t = (struct target){
		.proc_fd = proc_fd, .pid = pid, .children = children, .self = getpid()};
	int err = pid ? target_refresh(t) : 0;

	if (err) {
		target_free(t);
		return err;
	}
	*ret = t;
	return 0;
}

void target_free(struct target *t)
{
	if (!t)
		return;
	free(t->pids);
	free(t);
}

static int add_parent(void *ctx, pid_t pid)
{
	struct parents *p = ctx;
	struct proc_stat st;

	if (proc_stat(p->proc_fd, pid, pid, &st) != 0)
		return 0;
	if (p->n == p->room) {
		size_t room = p->room ? p->room * 2 : 256;
		struct parent *list = reallocarray(p->list, room, sizeof(*list));

		if (!list)
			return -ENOMEM;
		p->list = list;
		p->room = room;
	}
	p->list[p->n++] = (struct parent){pid, st.ppid};
	return 0;
}

static int by_parent(const void *a, const void *b)
{
	const struct parent *x = a, *y = b;

	return x->ppid != y->ppid ? (x->ppid < y->ppid ? -1 : 1)
				  : (x->pid > y->pid) - (x->pid < y->pid);
}

static size_t first_child(const struct parents *p, pid_t ppid)
{
	size_t low = 0, high = p->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (p->list[mid].ppid < ppid)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* Breadth first; the list grows while it is walked. */
static int find_descendants(struct target *t)
{
	struct parents p = {.proc_fd = t->proc_fd};
	int err = proc_each_pid(t->proc_fd, add_parent, &p);

	if (!err && p.n)
		qsort(p.list, p.n, sizeof(*p.list), by_parent);
	for (size_t i = 0; i < t->n && !err; i++) {
		pid_t ppid = t->pids[i];

		for (size_t c = first_child(&p, ppid); c < p.n && p.list[c].ppid == ppid && !err;
		     c++) {
			if (p.list[c].pid != t->self)
				err = add_pid(t, p.list[c].pid);
		}
	}
	free(p.list);
	return err;
}

int target_refresh(struct target *t)
{
	struct proc_stat st;

	if (t->pid == 0)
		return 0;
	if (proc_stat(t->proc_fd, t->pid, t->pid, &st) != 0)
		return -ESRCH;
	if ((st.state == 'Z' || st.state == 'X') && st.n_threads <= 1)
		return -ESRCH;
	if (t->start && st.start != t->start)
		return -ESRCH;
	t->start = st.start;
	if (t->n && now_ns() - t->refreshed_ns < REFRESH_NS)
		return 0;
	t->refreshed_ns = now_ns();
	t->n = 0;
	int err = add_pid(t, t->pid);

	return err || !t->children ? err : find_descendants(t);
}

bool target_has(const struct target *t, pid_t pid)
{
	if (t->pid == 0)
		return pid != t->self;
	for (size_t i = 0; i < t->n; i++) {
		if (t->pids[i] == pid)
			return true;
	}
	return false;
}

bool target_is_system(const struct target *t)
{
	return t->pid == 0;
}

const pid_t *target_pids(const struct target *t, size_t *ret_n)
{
	*ret_n = t->n;
	return t->pids;
}
