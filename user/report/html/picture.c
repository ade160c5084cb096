// SPDX-License-Identifier: GPL-2.0
/* Boxes and edges, as many as there are; picture_fit.c makes them fewer. */
#include "picture.h"

#include <errno.h>
#include <stdlib.h>

#include "picture_private.h"

/* More than so many that wait alike share a box. */
#define ALIKE_MAX 2

/* What the boxes are made of: found in one pass, there may be thousands. */
struct making {
	struct picture *p;
	size_t *holds;	 /* by thread: how many resources */
	size_t *held;	 /* by thread: the last of them */
	size_t *waiters; /* by resource: how many wait for it and hold nothing */
	size_t *keepers; /* by resource: how many hold it, nothing else, and wait for nothing */
	size_t *group;	 /* by resource: the box of these, twice */
};

static bool is_waiter(const struct making *m, size_t thread)
{
	const struct report_thread *t = &m->p->r->threads[thread];

	return t->resource != REPORT_NONE && !m->holds[thread] && t->role == ROLE_WAITING;
}

static bool is_keeper(const struct making *m, size_t thread)
{
	return m->p->r->threads[thread].resource == REPORT_NONE && m->holds[thread] == 1;
}

bool picture_in_cycle(const struct report *r, size_t resource)
{
	const struct report_resource *res = &r->resources[resource];

	for (size_t h = 0; h < res->n_holders; h++) {
		if (res->holders[h].thread != REPORT_NONE &&
		    r->threads[res->holders[h].thread].role == ROLE_CYCLE)
			return true;
	}
	return false;
}

static void count(struct making *m)
{
	const struct report *r = m->p->r;

	for (size_t i = 0; i < r->n_resources; i++) {
		for (size_t h = 0; h < r->resources[i].n_holders; h++) {
			size_t t = r->resources[i].holders[h].thread;

			if (t == REPORT_NONE || (m->holds[t] && m->held[t] == i))
				continue;
			m->holds[t]++;
			m->held[t] = i;
		}
	}
	for (size_t i = 0; i < r->n_threads; i++) {
		if (is_waiter(m, i))
			m->waiters[r->threads[i].resource]++;
		else if (is_keeper(m, i))
			m->keepers[m->held[i]]++;
	}
}

static size_t add_box(struct picture *p, enum picture_sort sort, size_t first, bool cycle)
{
	p->boxes[p->n_boxes] = (struct picture_box){
		.sort = sort, .first = first, .count = sort != PICTURE_RESOURCE, .cycle = cycle};
	return p->n_boxes++;
}

/* The box that a thread shares, or NULL if it has its own. */
static size_t *shared(const struct making *m, size_t thread)
{
	size_t resource = m->p->r->threads[thread].resource;

	if (is_waiter(m, thread) && m->waiters[resource] > ALIKE_MAX)
		return &m->group[2 * resource];
	resource = m->held[thread];
	if (is_keeper(m, thread) && m->keepers[resource] > ALIKE_MAX)
		return &m->group[2 * resource + 1];
	return NULL;
}

static void make_boxes(struct making *m)
{
	struct picture *p = m->p;
	const struct report *r = p->r;

	for (size_t i = 0; i < 2 * r->n_resources; i++)
		m->group[i] = REPORT_NONE;
	for (size_t i = 0; i < r->n_threads; i++) {
		size_t *box = shared(m, i);

		if (box && *box != REPORT_NONE) {
			p->boxes[*box].count++;
			p->thread_box[i] = *box;
			continue;
		}
		p->thread_box[i] = add_box(p, PICTURE_THREADS, i, r->threads[i].role == ROLE_CYCLE);
		if (box)
			*box = p->thread_box[i];
	}
	for (size_t i = 0; i < r->n_resources; i++)
		p->resource_box[i] = add_box(p, PICTURE_RESOURCE, i, false);
}

static void add_edge(struct picture *p, size_t from, size_t to, const struct report_holder *holder,
		     bool cycle)
{
	p->edges[p->n_edges++] = (struct picture_edge){from, to, holder, cycle};
	if (cycle)
		p->boxes[from].cycle = p->boxes[to].cycle = true;
}

/* Those who share a box have one edge. */
static void make_edges(struct picture *p)
{
	const struct report *r = p->r;

	for (size_t i = 0; i < r->n_threads; i++) {
		size_t res = r->threads[i].resource, box = p->thread_box[i];

		if (res != REPORT_NONE && p->boxes[box].first == i)
			add_edge(p, box, p->resource_box[res], NULL,
				 p->boxes[box].cycle && picture_in_cycle(r, res));
	}
	for (size_t i = 0; i < r->n_resources; i++) {
		for (size_t h = 0; h < r->resources[i].n_holders; h++) {
			const struct report_holder *holder = &r->resources[i].holders[h];
			size_t box = p->resource_box[i];

			if (holder->thread == REPORT_NONE ||
			    p->boxes[p->thread_box[holder->thread]].first != holder->thread)
				continue;
			add_edge(p, box, p->thread_box[holder->thread], holder,
				 p->boxes[box].cycle &&
					 r->threads[holder->thread].role == ROLE_CYCLE);
		}
	}
}

static int make(struct picture *p)
{
	size_t threads = p->r->n_threads, resources = p->r->n_resources;
	size_t *room = calloc(2 * threads + 4 * resources + 1, sizeof(*room));
	struct making m = {.p = p, .holds = room};

	if (!room)
		return -ENOMEM;
	m.held = m.holds + threads;
	m.waiters = m.held + threads;
	m.keepers = m.waiters + resources;
	m.group = m.keepers + resources;
	count(&m);
	make_boxes(&m);
	make_edges(p);
	free(room);
	return 0;
}

int picture_new(const struct report *r, struct picture *ret)
{
	size_t edges = r->n_threads;
	int err;

	for (size_t i = 0; i < r->n_resources; i++)
		edges += r->resources[i].n_holders;
	*ret = (struct picture){.r = r};
	ret->boxes = calloc(r->n_threads + r->n_resources + 1, sizeof(*ret->boxes));
	ret->edges = calloc(edges + 1, sizeof(*ret->edges));
	ret->thread_box = calloc(r->n_threads + 1, sizeof(*ret->thread_box));
	ret->resource_box = calloc(r->n_resources + 1, sizeof(*ret->resource_box));
	err = ret->boxes && ret->edges && ret->thread_box && ret->resource_box ? make(ret)
									       : -ENOMEM;
	if (!err)
		err = picture_fit(ret);
	if (!err)
		err = picture_arrange(ret);
	if (err)
		picture_free(ret);
	return err;
}

void picture_free(struct picture *p)
{
	free(p->boxes);
	free(p->edges);
	free(p->thread_box);
	free(p->resource_box);
	*p = (struct picture){0};
}
