/* SPDX-License-Identifier: GPL-2.0 */
#ifndef REPORT_PICTURE_H
#define REPORT_PICTURE_H

/*
 * The wait-for graph of a report as it can be drawn: so few boxes that they can
 * be read, in rows, from those who wait down to the root. Threads that wait
 * alike share a box. Of a graph that is too large, what is next to the root is
 * there, and the rest is counted.
 */
#include "../../core/report.h"

#define PICTURE_BOXES 30

enum picture_sort { PICTURE_THREADS, PICTURE_RESOURCE, PICTURE_MORE };

struct picture_box {
	enum picture_sort sort;
	size_t first; /* index in report.threads or report.resources; of _MORE, nothing */
	size_t count; /* threads in it; of a resource, 0 */
	bool cycle;
	size_t row;
	int half; /* it has the row for itself (0), is its left half (1), its right half (2) */
};

/* From who waits to what it waits for, and from there to who could end that. */
struct picture_edge {
	size_t from, to;		    /* boxes */
	const struct report_holder *holder; /* NULL: it is a wait, or one to or from _MORE */
	bool cycle;
};

struct picture {
	const struct report *r;
	struct picture_box *boxes; /* by row, left before right */
	size_t n_boxes, n_rows;
	struct picture_edge *edges;
	size_t n_edges;
	size_t *thread_box, *resource_box; /* by index in the report */
};

/* The report must live as long. Returns 0 or -ENOMEM. */
int picture_new(const struct report *r, struct picture *ret);
void picture_free(struct picture *p);

/* Is that in a circle, as opposed to hanging off one? */
bool picture_in_cycle(const struct report *r, size_t resource);

#endif
