// SPDX-License-Identifier: GPL-2.0
#include "target.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/cgroup.h"
#include "os/clock.h"
#include "os/proc.h"
#include "processes.h"

/* Processes come and go slowly compared with looks. */
#define REFRESH_NS 500000000ULL
/*
 * To ask a process for its parent costs 11 us, to find it in the list 1. A
 * parent changes only when it exits, and then we keep the child: so only new
 * ids are asked, but all of them now and then, as an id may be used again.
 */
#define REFRESHES_TO_ALL 16

#define PF_KTHREAD 0x00200000
#define COMM_MAX   15 /* the kernel keeps no more of a name */

struct target {
	int proc_fd;
	struct target_choice choice;
	bool system;
	pid_t pid; /* 0: the whole system, or whoever is chosen otherwise */
	pid_t self;
	uint64_t start; /* of pid, so that a reused id is not taken for it */
	pid_t *pids;	/* pid itself, if it is not 0, then the others in order */
	size_t n, room;
	struct processes known; /* by pid, as of the last refresh */
	uint64_t refreshed_ns;
	unsigned int refreshes;
};

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
	const struct target_choice choice = {.pid = pid, .children = children};

	return target_new_of(proc_fd, &choice, ret);
}

int target_new_of(int proc_fd, const struct target_choice *choice, struct target **ret)
{
	struct target *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	*t = (struct target){
		.proc_fd = proc_fd,
		.choice = *choice,
		.system = !choice->pid && !choice->comm && !choice->unit && !choice->cgroup,
		.pid = choice->pid,
		.self = getpid(),
	};
	int err = target_refresh(t);

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
	processes_free(&t->known);
	free(t);
}

/* A process that just forked may not be what it is going to be, before it calls exec. */
#define ASK_AGAIN 3

static bool is_chosen(const struct target *t, pid_t pid, const struct proc_stat *st)
{
	const struct target_choice *c = &t->choice;

	if (st->flags & PF_KTHREAD)
		return false;
	if (c->comm)
		return strncmp(st->comm, c->comm, COMM_MAX) == 0;
	if (c->unit)
		return cgroup_is_of_unit(t->proc_fd, pid, c->unit);
	return c->cgroup && cgroup_is_in(t->proc_fd, pid, c->cgroup);
}

struct gather {
	const struct target *t;
	struct processes now;
	bool ask_all;
};

static int gather_process(void *ctx, pid_t pid)
{
	struct gather *g = ctx;
	const struct process *known = processes_find(&g->t->known, pid);
	struct proc_stat st;

	if (known && !g->ask_all && (g->t->pid || known->asked >= ASK_AGAIN))
		return processes_add(&g->now, known);
	/* it went while we came */
	if (proc_stat(g->t->proc_fd, pid, pid, &st) != 0)
		return 0;
	struct process one = {.pid = pid, .ppid = st.ppid, .start = st.start, .asked = 1};

	/* once a descendant always one, also when its parent exits and init adopts it */
	if (known && known->start == st.start) {
		one.member = known->member;
		one.asked += known->asked < ASK_AGAIN ? known->asked : 0;
	}
	one.member = one.member || is_chosen(g->t, pid, &st);
	return processes_add(&g->now, &one);
}

/* Where in the list of pids those begin that are sorted. */
static size_t first_other(const struct target *t)
{
	return t->pid ? 1 : 0;
}

static int add_member(struct target *t, struct process *p)
{
	if (p->pid == t->self || p->ppid == t->self || p->pid == t->pid)
		return 0;
	p->member = true;
	return add_pid(t, p->pid);
}

/* Breadth first; the list grows while it is walked. */
static int add_descendants(struct target *t, struct processes *p)
{
	int err = 0;

	for (size_t i = 0; i < p->n && !err; i++)
		if (p->list[i].member)
			err = add_member(t, &p->list[i]);
	for (size_t i = 0; i < t->n && !err && t->choice.children; i++) {
		pid_t ppid = t->pids[i];

		for (size_t c = processes_first_child(p, ppid);
		     c < p->n && p->list[c].ppid == ppid && !err; c++)
			if (!p->list[c].member)
				err = add_member(t, &p->list[c]);
	}
	return err;
}

static int by_id(const void *a, const void *b)
{
	const pid_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int find_members(struct target *t)
{
	struct gather g = {.t = t, .ask_all = t->refreshes++ % REFRESHES_TO_ALL == 0};
	int err = proc_each_pid(t->proc_fd, gather_process, &g);

	if (!err) {
		processes_sort_by_parent(&g.now);
		err = add_descendants(t, &g.now);
	}
	processes_sort_by_pid(&g.now);
	processes_free(&t->known);
	t->known = g.now;
	if (t->n > first_other(t))
		qsort(t->pids + first_other(t), t->n - first_other(t), sizeof(*t->pids), by_id);
	return err;
}

static int check_pid(struct target *t)
{
	struct proc_stat st;

	if (proc_stat(t->proc_fd, t->pid, t->pid, &st) != 0)
		return -ESRCH;
	if ((st.state == 'Z' || st.state == 'X') && st.n_threads <= 1)
		return -ESRCH;
	if (t->start && st.start != t->start)
		return -ESRCH;
	t->start = st.start;
	return 0;
}

int target_refresh(struct target *t)
{
	int err = t->pid ? check_pid(t) : 0;

	if (err || t->system)
		return err;
	if (t->refreshed_ns && os_now_ns() - t->refreshed_ns < REFRESH_NS)
		return 0;
	t->refreshed_ns = os_now_ns();
	t->n = 0;
	if (t->pid)
		err = add_pid(t, t->pid);
	return err || (t->pid && !t->choice.children) ? err : find_members(t);
}

int target_refresh_all(struct target *t)
{
	t->refreshed_ns = 0;
	t->refreshes = 0;
	return target_refresh(t);
}

bool target_has(const struct target *t, pid_t pid)
{
	size_t first = first_other(t);

	if (t->system)
		return pid != t->self;
	if (t->pid && pid == t->pid)
		return true;
	return t->n > first &&
	       bsearch(&pid, t->pids + first, t->n - first, sizeof(pid), by_id) != NULL;
}

bool target_is_system(const struct target *t)
{
	return t->system;
}

const pid_t *target_pids(const struct target *t, size_t *ret_n)
{
	*ret_n = t->n;
	return t->pids;
}
