/* SPDX-License-Identifier: GPL-2.0 */
#ifndef REPORT_PICTURE_PLACE_H
#define REPORT_PICTURE_PLACE_H

/*
 * Where the boxes of a picture are, in pixels, and beside which of them an edge
 * passes. It is as wide as the screen of a telephone: it is read there as it is
 * on paper.
 */
#include "picture.h"

#define PLACE_WIDTH 328
#define PLACE_BOX_H 48
#define PLACE_GAP_X 12
#define PLACE_GAP_Y 40

/* Edges of one target run side by side with nothing but each other: they share a lane. */
struct place_lane {
	size_t to, first_row, last_row;
	int n; /* counted from the boxes outwards */
};

struct place_side {
	struct place_lane lanes[2 * PICTURE_BOXES + 1];
	size_t n;
	int wide; /* so many side by side */
};

struct place {
	const struct picture *p;
	struct place_side down, up; /* right of the boxes, and left of them */
	int left, width;	    /* of all boxes */
	int height;		    /* of all */
};

struct place_rect {
	int x, y, width;
};

void place_all(const struct picture *p, struct place *ret);
struct place_rect place_box(const struct place *d, size_t box);

/* Where that edge passes beside the boxes, or -1: it goes to the next row. */
int place_lane_x(const struct place *d, const struct picture_edge *e);

#endif
