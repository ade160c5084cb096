// SPDX-License-Identifier: GPL-2.0
/*
 * From waits to whoever could end them, and on from there.
 *
 * Nodes are worked off in the order in which they were come upon; each may add
 * further ones at the end. A thread that waits for another one to end is only
 * of interest if that one has something to do with a stall, so it is passed by
 * until the other comes up; the passes end when one of them changes nothing.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "collect_private.h"
#include "collect_reentry.h"
#include "os/lost.h"
#include "os/os.h"
#include "os/polled.h"
#include "os/proc.h"
#include "ways/way.h"

#define DESCRIBE_TRIES 2

static int look(struct collector *c, pid_t pid, pid_t tid, struct seen *ret)
{
	return c->way->look(c->way_self, pid, tid, ret);
}

/*
 * In poll() for one descriptor, which is a connection or a pipe: it waits for the
 * other end. Others may wait for whatever comes next, as event loops do.
 */
static bool waits_in_poll(struct collector *c, struct node *node)
{
	static const char *const kinds[] = {"unix-stream-empty", "tcp-empty", "pipe-empty"};
	int fd = polled_fd(c->os, &node->seen);
	bool waits = false;

	if (fd < 0)
		return false;
	struct seen as_read = polled_as_read(&node->seen, fd);

	if (probes_recognise(c->os, &as_read, &node->wait) != 1)
		return false;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		waits |= !strcmp(node->wait.kind, kinds[i]);
	node->polled_fd = waits ? fd : -1;
	return waits;
}

/* What a thread that somebody waits for does now. */
static void look_at_node(struct collector *c, struct node *node)
{
	bool whole = !node->ref.tid;

	node->waits = false;
	node->polled_fd = -1;
	node->error = look(c, node->ref.pid, whole ? node->ref.pid : node->ref.tid, &node->seen);
	if (node->error) {
		memset(&node->seen, 0, sizeof(node->seen));
		if (node->error != -ESRCH)
			lost_count(c->os->lost, "look-failed");
		return;
	}
	/* that its main thread waits for something does not stop a whole process */
	if (!whole)
		node->waits = probes_recognise(c->os, &node->seen, &node->wait) == 1 ||
			      waits_in_poll(c, node);
}

/*
 * The node of a holder; completes *ref. Returns 0, -ESTALE if it went away after it
 * was named, or -errno.
 */
static int hold_node(struct collector *c, struct thread_ref *ref, bool gone)
{
	struct node *node;
	struct proc_stat st;
	int r;

	if (!ref->tid && !gone && !proc_stat(c->os->proc_fd, ref->pid, ref->pid, &st) &&
	    st.n_threads == 1) {
		ref->tid = ref->pid;
		ref->start = st.start;
	}
	node = node_find_ref(c, ref);
	if (!node) {
		r = node_add(c, ref, &node);
		if (r)
			return r == -ENOSPC ? 0 : r;
		if (gone)
			node->error = -ESRCH;
		else
			look_at_node(c, node);
	} else if (node->done && !node->stated) {
		/* it was a waiter, but had moved on when its lock was read */
		look_at_node(c, node);
	}
	/* perhaps it gave back what it held before it ended */
	if (!gone && node->error == -ESRCH) {
		node->done = true;
		return -ESTALE;
	}
	node->held = true;
	node->done = node->stated;
	if (!node->ref.start)
		node->ref.start = node->seen.ref.start;
	if (!ref->start)
		ref->start = node->ref.start;
	return 0;
}

static int find_holders(struct collector *c, struct description *d)
{
	int r = 0;

	for (size_t i = 0; i < d->n_holds && !r; i++) {
		struct fact_hold *h = &d->holds[i].hold;

		if (h->ref.pid)
			r = hold_node(c, &h->ref, h->gone);
	}
	return r;
}

static int put_holds(struct collector *c, const struct description *d)
{
	int r = 0;

	for (size_t i = 0; i < d->n_holds && !r; i++)
		r = fact_put(c->out, &d->holds[i]);
	return r;
}

/* The resource is there, but its probe could tell nothing about it. */
static int describe_poorly(const struct probe_env *env, const struct wait *w, int error)
{
	char why[128];
	struct fact f = {
		.type = FACT_RESOURCE,
		.resource = {.key = w->key, .kind = w->kind, .class = w->class, .name = w->kind},
	};
	int r = fact_put(env->out, &f);

	if (r)
		return r;
	snprintf(why, sizeof(why), "it could not be read: %s", strerror(-error));
	f = (struct fact){
		.type = FACT_HOLD,
		.hold = {.resource = w->key, .evidence = EVIDENCE_UNKNOWN, .why = why},
	};
	return fact_put(env->out, &f);
}

/*
 * Describes what a node waits for, once a look. What was read is only true of
 * this wait if the waiter did not move while it was read. Returns 0, -ESTALE
 * if it did, or -errno.
 */
static int describe(struct collector *c, const struct node *node, struct description *d)
{
	struct fact_sink sink = description_sink(d);
	struct probe_env env = {
		.os = c->os,
		.way = c->way,
		.way_self = c->way_self,
		.out = &sink,
	};
	struct seen now, asleep = node->polled_fd < 0
					  ? node->seen
					  : polled_as_read(&node->seen, node->polled_fd);
	int r;

	description_clear(d);
	r = node->wait.probe->describe(&env, &asleep, &node->wait);
	if (!r &&
	    (look(c, node->ref.pid, node->ref.tid, &now) || !seen_same_wait(&node->seen, &now)))
		r = -ESTALE;
	if (!r || r == -ENOMEM)
		return r;
	description_clear(d);
	if (r == -ESTALE || r == -ESRCH)
		return -ESTALE;
	lost_count(c->os->lost, "describe-failed");
	return describe_poorly(&env, &node->wait, r);
}

/* A holder that went away meanwhile makes a new description necessary: once, or we would never end.
 */
static int describe_with_holders(struct collector *c, const struct node *node,
				 struct description *d)
{
	int r = -ESTALE;

	for (int tries = 0; r == -ESTALE && tries < DESCRIBE_TRIES; tries++) {
		r = describe(c, node, d);
		if (!r)
			r = reentry_amend(c, node, d);
		if (r)
			return r;
		r = find_holders(c, d);
	}
	return r;
}

static int state_wait(struct collector *c, const struct node *node, struct description *d)
{
	bool first = !d->stated;
	int r = 0;

	d->stated = true;
	if (first)
		r = fact_put(c->out, &d->resource);
	if (!r)
		r = put_wait(c, node);
	if (!r && first)
		r = put_holds(c, d);
	return r;
}

static int state_node(struct collector *c, struct node *node)
{
	struct description *d = NULL;
	int r;

	node->done = true;
	if (node->waits) {
		d = resource_of(c, node->wait.key);
		if (!d)
			return -ENOMEM;
		r = d->stated ? 0 : describe_with_holders(c, node, d);
		if (r && r != -ESTALE)
			return r;
		node->waits = !r;
		if (r && !node->held)
			return 0;
	}
	node->stated = true;
	r = put_process(c, node->ref.pid);
	if (!r)
		r = put_thread(c, node);
	return r || !node->waits ? r : state_wait(c, node, d);
}

static bool is_due(const struct collector *c, const struct node *node)
{
	if (node->done)
		return false;
	if (node->held || !node->waits || !node->wait.follow)
		return true;
	return node_find(c, node->ref.pid, node->wait.id);
}

int closure_state(struct collector *c)
{
	bool changed;

	do {
		changed = false;
		for (size_t i = 0; i < c->n_nodes; i++) {
			int r;

			if (!is_due(c, c->nodes[i]))
				continue;
			r = state_node(c, c->nodes[i]);
			if (r)
				return r;
			changed = true;
		}
	} while (changed);
	return 0;
}

int closure_also(struct collector *c)
{
	int r = 0;

	for (size_t i = 0; i < c->n_also && !r; i++) {
		struct node *node = node_find(c, c->also[i].pid, c->also[i].tid);

		if (node && node->stated)
			continue;
		r = node ? 0 : node_add(c, &c->also[i], &node);
		if (r)
			return r == -ENOSPC ? 0 : r;
		look_at_node(c, node);
		/* another thread may have the id now */
		if (node->error || (c->also[i].start && node->seen.ref.start &&
				    node->seen.ref.start != c->also[i].start))
			continue;
		node->waits = false; /* what it waits for nobody asked */
		r = state_node(c, node);
	}
	return r;
}
