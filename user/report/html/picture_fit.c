// SPDX-License-Identifier: GPL-2.0
/*
 * Of a graph with too many boxes, those stay that are the fewest edges away
 * from the root, or from the circle. What lies behind one of them becomes one
 * box that says how many threads it stands for.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "picture_private.h"

struct fitting {
	struct picture *p;
	size_t *begin, *from; /* who leads to box i: from[begin[i]] to from[begin[i + 1] - 1] */
	size_t *queue, n_queue;
	size_t *anchor; /* by box: itself if it stays, the one it lies behind, or REPORT_NONE */
	size_t stay;
};

static void find_incoming(struct fitting *f)
{
	const struct picture *p = f->p;

	for (size_t i = 0; i < p->n_edges; i++)
		f->begin[p->edges[i].to + 1]++;
	for (size_t i = 0; i < p->n_boxes; i++)
		f->begin[i + 1] += f->begin[i];
	for (size_t i = p->n_edges; i-- > 0;)
		f->from[--f->begin[p->edges[i].to + 1]] = p->edges[i].from;
	/* each begin[i + 1] is where i begins now */
	memmove(f->begin, f->begin + 1, p->n_boxes * sizeof(*f->begin));
	f->begin[p->n_boxes] = p->n_edges;
}

static void reach(struct fitting *f, size_t box, size_t behind)
{
	if (f->anchor[box] != REPORT_NONE)
		return;
	f->queue[f->n_queue++] = box;
	if (f->stay < PICTURE_BOXES) {
		f->anchor[box] = box;
		f->stay++;
	} else {
		f->anchor[box] = behind;
	}
}

/* From the seed to all that leads there. */
static void flood(struct fitting *f, size_t seed)
{
	size_t done = f->n_queue;

	/* the room is used up, and nothing that stays is in sight */
	if (f->stay >= PICTURE_BOXES || f->anchor[seed] != REPORT_NONE)
		return;
	reach(f, seed, seed);
	for (; done < f->n_queue; done++) {
		size_t box = f->queue[done];

		for (size_t i = f->begin[box]; i < f->begin[box + 1]; i++)
			reach(f, f->from[i], f->anchor[box]);
	}
}

static void flood_all(struct fitting *f)
{
	const struct picture *p = f->p;
	const struct report_thread *threads = p->r->threads;

	for (size_t i = 0; i < p->n_boxes; i++)
		f->anchor[i] = REPORT_NONE;
	for (int role = ROLE_ROOT; role <= ROLE_WAITING; role++) {
		for (size_t i = 0; i < p->n_boxes; i++) {
			if (p->boxes[i].sort == PICTURE_THREADS &&
			    threads[p->boxes[i].first].role == (enum role)role)
				flood(f, i);
		}
	}
	for (size_t i = 0; i < p->n_boxes; i++)
		flood(f, i);
}

/* Boxes that stay in the order they had, then those that count: one behind each that has more. */
static int choose(struct fitting *f, size_t *to)
{
	struct picture *p = f->p;
	/* by anchor, and one for what no box that stays leads to */
	size_t *more = calloc(p->n_boxes + 1, sizeof(*more)), n = 0;
	struct picture_box *boxes = calloc(2 * PICTURE_BOXES + 1, sizeof(*boxes));

	if (!more || !boxes) {
		free(more);
		free(boxes);
		return -ENOMEM;
	}
	for (size_t i = 0; i < p->n_boxes; i++) {
		if (f->anchor[i] != i)
			continue;
		boxes[n] = p->boxes[i];
		to[i] = n++;
	}
	for (size_t i = 0; i < p->n_boxes; i++) {
		size_t anchor = f->anchor[i] == REPORT_NONE ? p->n_boxes : f->anchor[i];

		if (anchor == i)
			continue;
		if (!more[anchor]) {
			more[anchor] = n;
			boxes[n++].sort = PICTURE_MORE;
		}
		to[i] = more[anchor];
		boxes[to[i]].count += p->boxes[i].count;
		boxes[to[i]].cycle |= p->boxes[i].cycle;
	}
	free(more);
	picture_renumber(p, to, boxes, n);
	return 0;
}

static bool is_known(const struct picture *p, const struct picture_edge *e)
{
	for (size_t i = 0; i < p->n_edges; i++) {
		if (p->edges[i].from == e->from && p->edges[i].to == e->to)
			return true;
	}
	return false;
}

/* What led from one box to itself is gone, and so is what is there twice. */
static void fewer_edges(struct picture *p)
{
	size_t n = p->n_edges;

	p->n_edges = 0;
	for (size_t i = 0; i < n; i++) {
		struct picture_edge e = p->edges[i];

		if (p->boxes[e.from].sort == PICTURE_MORE || p->boxes[e.to].sort == PICTURE_MORE)
			e.holder = NULL;
		if (e.from != e.to && !is_known(p, &e))
			p->edges[p->n_edges++] = e;
	}
}

int picture_fit(struct picture *p)
{
	size_t n = p->n_boxes;
	struct fitting f = {.p = p};
	size_t *room;
	int err;

	if (n <= PICTURE_BOXES)
		return 0;
	room = calloc(4 * n + 2 + p->n_edges, sizeof(*room));
	if (!room)
		return -ENOMEM;
	f.begin = room;
	f.queue = f.begin + n + 2;
	f.anchor = f.queue + n;
	f.from = f.anchor + n;
	find_incoming(&f);
	flood_all(&f);
	/* the queue has done its work: its room is for the new numbers */
	err = choose(&f, f.queue);
	if (!err)
		fewer_edges(p);
	free(room);
	return err;
}
