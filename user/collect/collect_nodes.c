// SPDX-License-Identifier: GPL-2.0
#include <assert.h>
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "collect_private.h"
#include "../os/lost.h"
#include "../os/os.h"

/*
 * Only waits that may be stalls, and what they lead to, become nodes: 2 kB
 * each, so at most 64 MB. Past that the machine has one problem, and so many
 * threads show it.
 */
#define NODES_MAX 32768

static_assert(offsetof(struct node, ref) == 0, "nodes are found by their ref");
static_assert(offsetof(struct description, key) == 0, "resources are found by their key");

static int by_id(const void *pa, const void *pb)
{
	const struct thread_ref *a = pa, *b = pb;

	if (a->pid != b->pid)
		return a->pid < b->pid ? -1 : 1;
	if (a->tid != b->tid)
		return a->tid < b->tid ? -1 : 1;
	/* one that has gone is not the one that has its id now */
	return (a->start == START_OTHER) - (b->start == START_OTHER);
}

static int by_key(const void *a, const void *b)
{
	return strcmp(a, b);
}

struct node *node_find_ref(const struct collector *c, const struct thread_ref *ref)
{
	void *found = tfind(ref, &c->node_tree, by_id);

	return found ? *(struct node **)found : NULL;
}

struct node *node_find(const struct collector *c, pid_t pid, pid_t tid)
{
	return node_find_ref(c, &(struct thread_ref){.pid = pid, .tid = tid});
}

int node_add(struct collector *c, const struct thread_ref *ref, struct node **ret)
{
	struct node *node;

	if (c->n_nodes == NODES_MAX) {
		lost_count(c->os->lost, "scan-bound");
		return -ENOSPC;
	}
	if (c->n_nodes == c->room) {
		size_t room = c->room ? c->room * 2 : 64;
		struct node **nodes = realloc(c->nodes, room * sizeof(struct node *));

		if (!nodes)
			return -ENOMEM;
		c->nodes = nodes;
		c->room = room;
	}
	node = calloc(1, sizeof(*node));
	if (!node)
		return -ENOMEM;
	node->ref = *ref;
	node->polled_fd = -1;
	if (!tsearch(node, &c->node_tree, by_id)) {
		free(node);
		return -ENOMEM;
	}
	c->nodes[c->n_nodes++] = node;
	*ret = node;
	return 0;
}

int node_of_wait(struct collector *c, const struct seen *s, const struct wait *w, struct node **ret)
{
	struct node *node = node_find(c, s->ref.pid, s->ref.tid);
	int r = node ? 0 : node_add(c, &s->ref, &node);

	if (r)
		return r == -ENOSPC ? 0 : r;
	node->seen = *s;
	node->wait = *w;
	node->waits = true;
	*ret = node;
	return 1;
}

struct description *resource_of(struct collector *c, const char *key)
{
	void *found = tfind(key, &c->resource_tree, by_key);
	struct description *d;

	if (found)
		return *(struct description **)found;
	d = description_new(key);
	if (d && !tsearch(d, &c->resource_tree, by_key)) {
		description_free(d);
		return NULL;
	}
	return d;
}

int process_is_new(struct collector *c, pid_t pid)
{
	struct thread_ref wanted = {.pid = pid}, *known;

	if (tfind(&wanted, &c->process_tree, by_id))
		return 0;
	known = malloc(sizeof(*known));
	if (!known)
		return -ENOMEM;
	*known = wanted;
	if (!tsearch(known, &c->process_tree, by_id)) {
		free(known);
		return -ENOMEM;
	}
	return 1;
}

static void free_description(void *d)
{
	description_free(d);
}

static void free_nothing(void *p)
{
	(void)p;
}

void nodes_clear(struct collector *c)
{
	tdestroy(c->node_tree, free_nothing);
	tdestroy(c->resource_tree, free_description);
	tdestroy(c->process_tree, free);
	c->node_tree = c->resource_tree = c->process_tree = NULL;
	for (size_t i = 0; i < c->n_nodes; i++)
		free(c->nodes[i]);
	c->n_nodes = 0;
	c->parked = 0;
}

uint64_t wait_since(const struct seen *s, const struct wait *w, enum since_quality *ret)
{
	if (w->since_ns) {
		*ret = SINCE_EXACT;
		return w->since_ns;
	}
	if (s->hook_since_ns && s->hook_kind == w->probe->kind) {
		*ret = SINCE_EXACT;
		return s->hook_since_ns;
	}
	*ret = s->ran_ns ? s->ran_quality : SINCE_UNKNOWN;
	return s->ran_ns;
}
