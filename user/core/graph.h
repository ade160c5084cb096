/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_GRAPH_H
#define CORE_GRAPH_H

/*
 * The wait-for graph: threads and resources are nodes, "waits for" and "is
 * held by" are edges. Nothing here recurses: a chain may be as long as the
 * machine has threads.
 */
#include "arena.h"
#include "model.h"

struct graph {
	uint32_t n_threads; /* nodes 0 .. n_threads - 1 are threads */
	uint32_t n;	    /* the rest, up to n, resources */
	uint32_t *first;    /* n + 1 positions in to */
	uint32_t *to;

	/* Strongly connected components, numbered so that edges lead to smaller numbers. */
	uint32_t *component; /* of each node */
	uint32_t n_components;

	/* private: searches mark nodes by their number, so that nothing needs clearing */
	uint32_t *mark, *parent, *queue;
	uint32_t searches;
};

static inline bool graph_is_thread(const struct graph *g, uint32_t node)
{
	return node < g->n_threads;
}

static inline uint32_t graph_resource_node(const struct graph *g, uint32_t resource)
{
	return g->n_threads + resource;
}

static inline uint32_t graph_resource_of(const struct graph *g, uint32_t node)
{
	return node - g->n_threads;
}

/* Of a model after verdict_pass(). Memory is the model's. Returns 0 or -ENOMEM. Linear. */
int graph_build(struct model *m, struct graph *ret);

/*
 * The shortest way from a node into a component, both ends included. The
 * array is valid until the next search. Returns its length, 0 if there is none.
 */
uint32_t graph_path(struct graph *g, uint32_t from, uint32_t component, const uint32_t **ret);

/*
 * The shortest cycle in a component that has one, first node not repeated.
 * Searches from each of the given nodes of it, in their order: the first of
 * several as short wins. Valid until the next search.
 */
uint32_t graph_cycle(struct graph *g, const uint32_t *nodes, uint32_t n, const uint32_t **ret);

#endif
