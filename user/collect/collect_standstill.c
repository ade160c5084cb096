// SPDX-License-Identifier: GPL-2.0
#include "collect_standstill.h"

#include <errno.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "../os/os.h"
#include "../os/proc.h"
#include "../os/unread.h"
#include "../ways/way.h"

#define PROCESSES 64
#define THREADS	  64 /* of one with more just the number counts */

#define NOTE_ONE                                                                                     \
	"its only thread waits for another one, and there is none: only a signal can get it going. " \
	"A program that waits to be ended looks like this, too; --include-parked shows more"
#define NOTE_ALL                                                                                   \
	"each of its threads waits for another one of them: only a signal can get them going. An " \
	"idle program may look like this, too; --include-parked shows more"

struct process {
	pid_t pid;
	uint32_t n; /* threads that wait so */
	pid_t tids[THREADS];
};

struct standstills {
	struct process processes[PROCESSES];
	size_t n;
};

struct standstills *standstills_new(void)
{
	return calloc(1, sizeof(struct standstills));
}

void standstills_free(struct standstills *p)
{
	free(p);
}

void standstills_begin(struct standstills *p)
{
	p->n = 0;
}

/* Can nobody but another thread of the same process end it? */
static bool is_within(const struct seen *s, const struct wait *w)
{
	char own[32];
	int n;

	if (s->syscall != SYS_futex || s->args[3])
		return false;
	if (!strcmp(w->kind, "thread"))
		return true;
	/* the key of memory that is shared is another one */
	n = snprintf(own, sizeof(own), "futex:%d:", s->ref.pid);
	switch (s->args[1] & FUTEX_CMD_MASK) {
	case FUTEX_WAIT:
	case FUTEX_WAIT_BITSET:
		return !strncmp(w->key, own, (size_t)n);
	default:
		return false;
	}
}

static struct process *process_of(struct standstills *p, pid_t pid)
{
	for (size_t i = 0; i < p->n; i++) {
		if (p->processes[i].pid == pid)
			return &p->processes[i];
	}
	if (p->n == PROCESSES)
		return NULL;
	p->processes[p->n] = (struct process){.pid = pid};
	return &p->processes[p->n++];
}

void standstills_take(struct collector *c, const struct seen *s, const struct wait *w)
{
	struct process *process;

	if (!c->asked || !is_within(s, w))
		return;
	process = process_of(c->standstills, s->ref.pid);
	if (!process)
		return;
	if (process->n < THREADS)
		process->tids[process->n] = s->ref.tid;
	process->n++;
}

/* All of its threads, but for a main thread that has ended. */
static bool stands_still(const struct collector *c, const struct process *p)
{
	struct proc_stat st;

	return !proc_stat(c->os->proc_fd, p->pid, p->pid, &st) &&
	       p->n == st.n_threads - (st.state == 'Z');
}

/* The thread waits for a lock that names no owner: it is looked at as one that is stuck. */
static int add(struct collector *c, const struct seen *s, const struct wait *w)
{
	struct node *node;
	int r;

	if (node_find(c, s->ref.pid, s->ref.tid))
		return 0;
	r = node_of_wait(c, s, w, &node);
	return r < 0 ? r : 0;
}

struct waiter {
	struct seen seen;
	struct wait wait;
};

/* Those of its threads that wait for such locks. Returns how many. */
static size_t find_waiters(struct collector *c, const struct process *p, struct waiter *ret)
{
	size_t n = 0;

	for (uint32_t i = 0; i < p->n && i < THREADS; i++) {
		struct seen *s = &ret[n].seen;

		if (c->way->look(c->way_self, p->pid, p->tids[i], s))
			continue;
		s->standstill = p->n;
		n += probes_recognise(c->os, s, &ret[n].wait) == 1 &&
		     !strcmp(ret[n].wait.kind, "lock") && is_within(s, &ret[n].wait);
	}
	return n;
}

static int add_waiters(struct collector *c, const struct process *p)
{
	struct waiter *found = calloc(THREADS, sizeof(*found));
	size_t n = found ? find_waiters(c, p, found) : 0;
	int r = found ? 0 : -ENOMEM;

	/* two threads, two locks: each has what the other one wants */
	if (n == 2 && p->n == 2 && strcmp(found[0].wait.key, found[1].wait.key) != 0) {
		found[0].seen.other = found[1].seen.ref;
		found[1].seen.other = found[0].seen.ref;
	}
	for (size_t i = 0; i < n && !r; i++)
		r = add(c, &found[i].seen, &found[i].wait);
	free(found);
	return r;
}

int standstills_end(struct collector *c)
{
	const struct standstills *p = c->standstills;
	int r = 0;

	for (size_t i = 0; i < p->n && !r; i++) {
		if (!stands_still(c, &p->processes[i]))
			continue;
		r = add_waiters(c, &p->processes[i]);
		if (!r && c->notes_standstills && !c->n_nodes)
			unread_add(c->os->unread, c->os->proc_fd, p->processes[i].pid,
				   p->processes[i].n == 1 ? NOTE_ONE : NOTE_ALL);
	}
	return r;
}
