// SPDX-License-Identifier: GPL-2.0
/*
 * Rows: whoever leads to a box stands above it, with all that leads there in
 * turn, so that most edges go one row down. A circle begins with its first
 * thread; its last edge goes up again. What waits for the same as the box
 * above takes half of its row.
 */
#include <errno.h>
#include <stdlib.h>

#include "picture_private.h"

struct arranging {
	struct picture *p;
	bool *seen;
	size_t *order, n; /* boxes, as they stand */
};

static bool leads(const struct picture *p, size_t from, size_t to)
{
	for (size_t i = 0; i < p->n_edges; i++) {
		if (p->edges[i].from == from && p->edges[i].to == to)
			return true;
	}
	return false;
}

/* Do both lead to one box, or does one box lead to both? */
static bool are_alike(const struct picture *p, size_t a, size_t b)
{
	for (size_t i = 0; i < p->n_edges; i++) {
		if ((p->edges[i].from == a && leads(p, b, p->edges[i].to)) ||
		    (p->edges[i].to == a && leads(p, p->edges[i].from, b)))
			return true;
	}
	return false;
}

static void put(struct arranging *a, size_t box)
{
	struct picture *p = a->p;
	struct picture_box *above = a->n ? &p->boxes[a->order[a->n - 1]] : NULL;

	if (above && above->half == 0 && !leads(p, a->order[a->n - 1], box) &&
	    !leads(p, box, a->order[a->n - 1]) && are_alike(p, a->order[a->n - 1], box)) {
		/* a circle goes down on the left */
		bool left = p->boxes[box].cycle && !above->cycle;

		above->half = left ? 2 : 1;
		p->boxes[box].half = left ? 1 : 2;
		p->boxes[box].row = above->row;
		if (left) {
			a->order[a->n] = a->order[a->n - 1];
			a->order[a->n++ - 1] = box;
			return;
		}
	} else {
		p->boxes[box].row = p->n_rows++;
	}
	a->order[a->n++] = box;
}

static bool has_more_above(const struct arranging *a, size_t box)
{
	for (size_t i = 0; i < a->p->n_edges; i++) {
		if (a->p->edges[i].to == box && !a->seen[a->p->edges[i].from])
			return true;
	}
	return false;
}

/* As deep as there are boxes in a picture: a few dozen. */
static void arrange(struct arranging *a, size_t box) // NOLINT(misc-no-recursion)
{
	const struct picture *p = a->p;

	if (a->seen[box])
		return;
	a->seen[box] = true;
	/* those with something above them first: the others then stand next to it */
	for (int leaves = 0; leaves < 2; leaves++) {
		for (size_t i = 0; i < p->n_edges; i++) {
			size_t from = p->edges[i].from;

			if (p->edges[i].to == box && !a->seen[from] &&
			    (leaves || has_more_above(a, from)))
				arrange(a, from);
		}
	}
	put(a, box);
}

/* What the first thread of a circle holds in it stands at the circle's end. */
static void arrange_cycle(struct arranging *a)
{
	const struct picture *p = a->p;
	size_t first = 0;

	while (first < p->n_boxes && !(p->boxes[first].cycle && p->boxes[first].count))
		first++;
	for (size_t i = 0; i < p->n_edges; i++) {
		if (p->edges[i].cycle && p->edges[i].to == first)
			arrange(a, p->edges[i].from);
	}
}

static void arrange_all(struct arranging *a)
{
	const struct picture *p = a->p;

	arrange_cycle(a);
	for (size_t i = 0; i < p->n_boxes; i++) {
		bool ends = true;

		for (size_t e = 0; e < p->n_edges && ends; e++)
			ends = p->edges[e].from != i;
		if (ends)
			arrange(a, i);
	}
	for (size_t i = 0; i < p->n_boxes; i++)
		arrange(a, i);
}

void picture_renumber(struct picture *p, const size_t *to, struct picture_box *boxes, size_t n)
{
	for (size_t i = 0; i < p->r->n_threads; i++)
		p->thread_box[i] = to[p->thread_box[i]];
	for (size_t i = 0; i < p->r->n_resources; i++)
		p->resource_box[i] = to[p->resource_box[i]];
	for (size_t i = 0; i < p->n_edges; i++) {
		p->edges[i].from = to[p->edges[i].from];
		p->edges[i].to = to[p->edges[i].to];
	}
	free(p->boxes);
	p->boxes = boxes;
	p->n_boxes = n;
}

int picture_arrange(struct picture *p)
{
	size_t n = p->n_boxes;
	struct arranging a = {.p = p, .seen = calloc(n + 1, sizeof(*a.seen))};
	size_t *to = calloc(n + 1, sizeof(*to));
	struct picture_box *sorted = calloc(n + 1, sizeof(*sorted));
	int err = -ENOMEM;

	a.order = calloc(n + 1, sizeof(*a.order));
	if (a.seen && to && sorted && a.order) {
		arrange_all(&a);
		for (size_t i = 0; i < n; i++) {
			sorted[i] = p->boxes[a.order[i]];
			to[a.order[i]] = i;
		}
		picture_renumber(p, to, sorted, n);
		sorted = NULL; /* they are the picture's */
		err = 0;
	}
	free(a.seen);
	free(a.order);
	free(to);
	free(sorted);
	return err;
}
