// SPDX-License-Identifier: GPL-2.0
#include <errno.h>

#include "graph.h"

/*
 * A wait leads to its resource. A resource leads to the holders that make it
 * what it is: a stuck one to those that are stuck, a live one to the live.
 */
static bool hold_is_edge(const struct model_resource *r, const struct model_hold *hold)
{
	return hold->thread != NONE && hold->live == r->live && !hold->copied;
}

static void add_edges(const struct model *m, struct graph *g)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < g->n_threads; i++) {
		const struct model_wait *w = model_wait_by(m, i);

		g->first[i] = n;
		if (w && w->followed)
			g->to[n++] = graph_resource_node(g, w->resource);
	}
	for (uint32_t i = 0; i < m->n_resources; i++) {
		const struct model_resource *r = &m->resources[i];

		g->first[graph_resource_node(g, i)] = n;
		for (uint32_t j = 0; j < r->n_holds; j++) {
			const struct model_hold *hold = model_hold_at(m, r, j);

			if (hold_is_edge(r, hold))
				g->to[n++] = hold->thread;
		}
	}
	g->first[g->n] = n;
}

/*
 * Tarjan's algorithm with a stack of its own. low[] is the smallest visit
 * number reachable; a node whose low is its own number is the first of its
 * component, and all of the component is then on top of `open`.
 */
#define DONE UINT32_MAX

struct tarjan {
	struct graph *g;
	uint32_t *number, *low; /* 0: not visited; DONE: component is known */
	uint32_t *edge;		/* next edge to follow of each node */
	uint32_t *path;		/* nodes being visited */
	uint32_t *open;		/* visited, component not known yet */
	uint32_t n_path, n_open, visits;
};

static void enter(struct tarjan *t, uint32_t node)
{
	t->number[node] = t->low[node] = ++t->visits;
	t->edge[node] = t->g->first[node];
	t->path[t->n_path++] = node;
	t->open[t->n_open++] = node;
}

static void leave(struct tarjan *t, uint32_t node)
{
	uint32_t top;

	t->n_path--;
	if (t->n_path && t->low[node] < t->low[t->path[t->n_path - 1]])
		t->low[t->path[t->n_path - 1]] = t->low[node];
	if (t->low[node] != t->number[node])
		return;
	do {
		top = t->open[--t->n_open];
		t->g->component[top] = t->g->n_components;
		t->number[top] = DONE;
	} while (top != node);
	t->g->n_components++;
}

static void visit_from(struct tarjan *t, uint32_t start)
{
	enter(t, start);
	while (t->n_path) {
		uint32_t node = t->path[t->n_path - 1], next;

		if (t->edge[node] == t->g->first[node + 1]) {
			leave(t, node);
			continue;
		}
		next = t->g->to[t->edge[node]++];
		if (!t->number[next])
			enter(t, next);
		else if (t->number[next] < t->low[node])
			t->low[node] = t->number[next];
	}
}

static int find_components(struct arena *a, struct graph *g)
{
	struct tarjan t = {.g = g};

	t.number = arena_array(a, g->n, sizeof(uint32_t));
	t.low = arena_array(a, g->n, sizeof(uint32_t));
	t.edge = arena_array(a, g->n, sizeof(uint32_t));
	t.path = arena_array(a, g->n, sizeof(uint32_t));
	t.open = arena_array(a, g->n, sizeof(uint32_t));
	if (!t.number || !t.low || !t.edge || !t.path || !t.open)
		return -ENOMEM;
	for (uint32_t i = 0; i < g->n; i++) {
		if (!t.number[i])
			visit_from(&t, i);
	}
	return 0;
}

int graph_build(struct model *m, struct graph *ret)
{
	struct arena *a = &m->arena;
	struct graph g = {.n_threads = (uint32_t)m->n_threads,
			  .n = (uint32_t)(m->n_threads + m->n_resources)};
	int err;

	g.first = arena_array(a, (size_t)g.n + 1, sizeof(uint32_t));
	g.to = arena_array(a, m->n_waits + m->n_holds, sizeof(uint32_t));
	g.component = arena_array(a, g.n, sizeof(uint32_t));
	g.mark = arena_array(a, g.n, sizeof(uint32_t));
	g.parent = arena_array(a, g.n, sizeof(uint32_t));
	g.queue = arena_array(a, g.n, sizeof(uint32_t));
	if (!g.first || !g.to || !g.component || !g.mark || !g.parent || !g.queue)
		return -ENOMEM;
	add_edges(m, &g);
	err = find_components(a, &g);
	if (!err)
		*ret = g;
	return err;
}

/* Follows parents back from a node; the way ends up at the start of queue, in order. */
static uint32_t retrace(struct graph *g, uint32_t last, const uint32_t **ret)
{
	uint32_t n = 0;

	for (uint32_t node = last; node != NONE; node = g->parent[node])
		g->queue[n++] = node;
	for (uint32_t i = 0; i < n / 2; i++) {
		uint32_t swap = g->queue[i];

		g->queue[i] = g->queue[n - 1 - i];
		g->queue[n - 1 - i] = swap;
	}
	*ret = g->queue;
	return n;
}

uint32_t graph_path(struct graph *g, uint32_t from, uint32_t component, const uint32_t **ret)
{
	uint32_t n = 0, search = ++g->searches;

	g->mark[from] = search;
	g->parent[from] = NONE;
	g->queue[n++] = from;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t node = g->queue[i];

		if (g->component[node] == component)
			return retrace(g, node, ret);
		for (uint32_t e = g->first[node]; e < g->first[node + 1]; e++) {
			uint32_t next = g->to[e];

			if (g->mark[next] == search)
				continue;
			g->mark[next] = search;
			g->parent[next] = node;
			g->queue[n++] = next;
		}
	}
	return 0;
}

/*
 * The node from which the shortest way out of `start` closes the circle, or NONE if no circle is
 * shorter than `bound`.
 */
static uint32_t close_circle(struct graph *g, uint32_t start, uint32_t bound, uint32_t *ret_length)
{
	uint32_t n = 0, layer_end = 1, length = 1, search = ++g->searches;

	g->mark[start] = search;
	g->parent[start] = NONE;
	g->queue[n++] = start;
	for (uint32_t i = 0; i < n && length < bound; i++) {
		uint32_t node = g->queue[i];

		for (uint32_t e = g->first[node]; e < g->first[node + 1]; e++) {
			uint32_t next = g->to[e];

			if (next == start) {
				*ret_length = length;
				return node;
			}
			if (g->mark[next] == search || g->component[next] != g->component[start])
				continue;
			g->mark[next] = search;
			g->parent[next] = node;
			g->queue[n++] = next;
		}
		if (i + 1 == layer_end) {
			layer_end = n;
			length++;
		}
	}
	return NONE;
}

uint32_t graph_cycle(struct graph *g, const uint32_t *nodes, uint32_t n, const uint32_t **ret)
{
	uint32_t best = NONE, best_length = UINT32_MAX, length, last;

	for (uint32_t i = 0; i < n; i++) {
		if (close_circle(g, nodes[i], best_length, &length) == NONE)
			continue;
		best = nodes[i];
		best_length = length;
	}
	if (best == NONE)
		return 0;
	last = close_circle(g, best, UINT32_MAX, &length);
	return retrace(g, last, ret);
}
