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
#include "collect_retries.h"
#include "../os/lost.h"
#include "../os/os.h"
#include "../os/polled.h"
#include "../ways/way.h"

#define DESCRIBE_TRIES 2

static int look(struct collector *c, pid_t pid, pid_t tid, struct seen *ret)
{
	return c->way->look(c->way_self, pid, tid, ret);
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
	if (!r && (look(c, node->ref.pid, node->ref.tid, &now) ||
		   (!seen_same_wait(&node->seen, &now) && !retries_same(c, node, &now))))
		r = -ESTALE;
	if (!r || r == -ENOMEM)
		return r;
	description_clear(d);
	if (r == -ESTALE || r == -ESRCH)
		return -ESTALE;
	lost_count(c->os->lost, "describe-failed");
	return describe_poorly(&env, &node->wait, r);
}

/*
 * Where a lock goes from hand to hand, its owner of just now is soon in the queue
 * again. That it waits for itself is only true if it did so all the while that
 * the owner was read.
 */
static int check_self_holder(struct collector *c, const struct node *node, struct description *d)
{
	const struct node *self = holders_self(c, d);
	int r;

	if (!self || self == node)
		return 0;
	r = describe(c, self, d);
	if (!r)
		r = holders_find(c, d);
	return r || holders_self(c, d) == self || !holders_self(c, d) ? r : -ESTALE;
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
		r = holders_find(c, d);
		if (!r)
			r = check_self_holder(c, node, d);
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
		holder_look(c, node);
		/* another thread may have the id now */
		if (node->error || (c->also[i].start && node->seen.ref.start &&
				    node->seen.ref.start != c->also[i].start))
			continue;
		node->waits = false; /* what it waits for nobody asked */
		r = state_node(c, node);
	}
	return r;
}
