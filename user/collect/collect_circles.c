// SPDX-License-Identifier: GPL-2.0
#include "collect_circles.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "collect_private.h"
#include "../core/table.h"
#include "../os/children.h"
#include "../os/clock.h"
#include "../os/os.h"
#include "../os/proc.h"
#include "../ways/way.h"

/*
 * To find who has a descriptor takes a look at all processes: so much of the time may
 * go into that. The first looks find what was there before; perhaps no other will follow.
 */
#define COST_SHARE     500
#define FOLLOWED_MAX   64
#define FOLLOWED_FIRST 1024
#define FIRST_LOOKS    2
#define TIMES_MAX      12
#define ENTRIES	       1024
#define CIRCLE_MAX     16

/* What is known of the wait of one thread. */
struct entry {
	struct thread_ref ref; /* pid 0: empty */
	uint64_t nvcsw, sp;
	uint64_t next_ns; /* when it is followed again */
	int times;	  /* so often it led nowhere */
	bool in_circle;	  /* as of the last look */
};

struct step {
	struct seen seen;
	struct wait wait;
};

struct circles {
	struct entry entries[ENTRIES];
	struct step *steps; /* to be followed in this look */
	size_t n, room;
	uint64_t next_ns; /* before that none are but those that were in a circle */
	size_t left;
	int looks;
};

struct circles *circles_new(void)
{
	return calloc(1, sizeof(struct circles));
}

void circles_free(struct circles *p)
{
	if (p)
		free(p->steps);
	free(p);
}

void circles_begin(struct collector *c)
{
	struct circles *p = c->circles;
	bool first = p->looks++ < FIRST_LOOKS;

	p->n = 0;
	p->left = first ? FOLLOWED_FIRST : os_now_ns() >= p->next_ns ? FOLLOWED_MAX : 0;
}

static struct entry *entry_of(struct circles *p, const struct seen *s)
{
	struct entry *e = &p->entries[(uint32_t)s->ref.tid % ENTRIES];

	if (ref_compare(&e->ref, &s->ref) || e->nvcsw != s->nvcsw || e->sp != s->sp)
		*e = (struct entry){.ref = s->ref, .nvcsw = s->nvcsw, .sp = s->sp};
	return e;
}

/* Such a wait ends when one other thread or process does something. */
static bool is_for_somebody(const struct wait *w)
{
	return w->class == CLASS_EMPTY || (w->class == CLASS_PARK && w->follow);
}

int circles_take(struct collector *c, const struct seen *s, const struct wait *w, uint64_t since_ns,
		 uint64_t now_ns)
{
	struct circles *p = c->circles;
	struct entry *e;

	if (!is_for_somebody(w) || since_ns + c->threshold_ns / 2 > now_ns)
		return 0;
	e = entry_of(p, s);
	if (!e->in_circle && (!p->left || os_now_ns() < e->next_ns))
		return 0;
	p->left -= p->left > 0;
	if (p->n == p->room) {
		size_t room = p->room ? p->room * 2 : 16;
		struct step *steps = realloc(p->steps, room * sizeof(*steps));

		if (!steps)
			return -ENOMEM;
		p->steps = steps;
		p->room = room;
	}
	p->steps[p->n++] = (struct step){*s, *w};
	return 0;
}

/* The thread that alone could end the wait: 1 and *ret, 0 if none is known, or -ENOMEM. */
static int only_thread(struct collector *c, const struct step *at, struct thread_ref *ret)
{
	struct fact_hold hold;
	struct proc_stat st;
	int r = only_holder(c, &at->seen, &at->wait, &hold, NULL);

	if (r != 1)
		return r;
	*ret = hold.ref;
	if (hold.gone || hold.copied)
		return 0;
	if (ret->tid)
		return 1;
	/* the process as a whole: another of its threads may do it */
	ret->tid = ret->pid;
	return !proc_stat(c->os->proc_fd, ret->pid, ret->pid, &st) && st.n_threads == 1;
}

/* Has it another child, whose end it will be told by a signal? */
static bool is_woken_by_child(struct collector *c, const struct thread_ref *ref, pid_t next)
{
	struct children children;
	struct proc_status st;

	if (proc_status(c->os->proc_fd, ref->pid, ref->tid, &st) ||
	    !(st.caught & UINT64_C(1) << (SIGCHLD - 1)))
		return false;
	return children_of(c->os->proc_fd, ref->pid, 0, &children) || children.more ||
	       children.n > 1 || (children.n == 1 && children.pids[0] != next);
}

/* Follows a wait. Returns how many threads are in the circle that it is in; 0: none; -ENOMEM. */
static int follow(struct collector *c, struct step steps[CIRCLE_MAX])
{
	for (int n = 1; n <= CIRCLE_MAX; n++) {
		struct step *at = &steps[n - 1], *next = &steps[n];
		struct thread_ref ref;
		int r = only_thread(c, at, &ref);

		if (r != 1)
			return r;
		if (is_woken_by_child(c, &at->seen.ref, ref.pid))
			return 0;
		if (ref.pid == steps->seen.ref.pid && ref.tid == steps->seen.ref.tid)
			return n;
		if (n == CIRCLE_MAX || c->way->look(c->way_self, ref.pid, ref.tid, &next->seen) ||
		    probes_recognise(c->os, &next->seen, &next->wait) != 1 ||
		    !is_for_somebody(&next->wait))
			return 0;
	}
	return 0;
}

/* One thread of a circle: it is stated, as if somebody waited for it. */
static int add_member(struct collector *c, const struct step *step)
{
	struct node *node;
	int r = node_of_wait(c, &step->seen, &step->wait, &node);

	if (r != 1)
		return r;
	node->held = true;
	return 0;
}

static int follow_one(struct collector *c, const struct step *from)
{
	struct entry *e = entry_of(c->circles, &from->seen);
	struct step *steps = calloc(CIRCLE_MAX, sizeof(*steps));
	int n, r = 0;

	if (!steps)
		return -ENOMEM;
	steps[0] = *from;
	n = follow(c, steps);
	e->in_circle = n > 0;
	if (n <= 0 && e->times < TIMES_MAX)
		e->times++;
	e->next_ns = os_now_ns() + (c->threshold_ns << e->times);
	for (int i = 0; i < n && !r; i++)
		r = add_member(c, &steps[i]);
	free(steps);
	return n < 0 ? n : r;
}

int circles_end(struct collector *c)
{
	struct circles *p = c->circles;
	uint64_t begin = os_now_ns();
	int r = 0;

	if (!p->n)
		return 0;
	for (size_t i = 0; i < p->n && !r; i++)
		r = follow_one(c, &p->steps[i]);
	p->next_ns = os_now_ns() + COST_SHARE * (os_now_ns() - begin);
	return r;
}
