// SPDX-License-Identifier: GPL-2.0
#include "picture_place.h"

#include <stddef.h>

#define MARGIN	  2
#define LANE	  10
#define LANES_MAX 6 /* then they share */
#define BEND	  8 /* between the boxes and the first lane */

static size_t row(const struct place *d, size_t box)
{
	return d->p->boxes[box].row;
}

static bool goes_to_next_row(const struct place *d, const struct picture_edge *e)
{
	return row(d, e->from) + 1 == row(d, e->to);
}

static void want_lane(const struct place *d, struct place_side *side, const struct picture_edge *e)
{
	size_t from = row(d, e->from), to = row(d, e->to), i = 0;
	size_t first = from < to ? from : to, last = from < to ? to : from;
	struct place_lane *lane;

	while (i < side->n && side->lanes[i].to != e->to)
		i++;
	lane = &side->lanes[i];
	if (i == side->n) {
		side->n++;
		*lane = (struct place_lane){e->to, first, last, 0};
	}
	lane->first_row = first < lane->first_row ? first : lane->first_row;
	lane->last_row = last > lane->last_row ? last : lane->last_row;
}

static bool is_free(const struct place_side *side, size_t i, int n)
{
	const struct place_lane *mine = &side->lanes[i];

	for (const struct place_lane *other = side->lanes; other < mine; other++) {
		if (other->n == n && other->first_row <= mine->last_row &&
		    other->last_row >= mine->first_row)
			return false;
	}
	return true;
}

static void number_lanes(struct place_side *side)
{
	for (size_t i = 0; i < side->n; i++) {
		int n = 0;

		while (n < LANES_MAX - 1 && !is_free(side, i, n))
			n++;
		side->lanes[i].n = n;
		side->wide = n >= side->wide ? n + 1 : side->wide;
	}
}

static int room_for(const struct place_side *side)
{
	return MARGIN + (side->wide ? BEND + side->wide * LANE : 0);
}

void place_all(const struct picture *p, struct place *ret)
{
	*ret = (struct place){.p = p};
	for (size_t i = 0; i < p->n_edges; i++) {
		const struct picture_edge *e = &p->edges[i];

		if (!goes_to_next_row(ret, e))
			want_lane(ret, row(ret, e->from) < row(ret, e->to) ? &ret->down : &ret->up,
				  e);
	}
	number_lanes(&ret->down);
	number_lanes(&ret->up);
	ret->left = room_for(&ret->up);
	ret->width = PLACE_WIDTH - ret->left - room_for(&ret->down);
	ret->height = 2 * MARGIN + (int)p->n_rows * (PLACE_BOX_H + PLACE_GAP_Y) - PLACE_GAP_Y;
}

struct place_rect place_box(const struct place *d, size_t box)
{
	const struct picture_box *b = &d->p->boxes[box];
	int width = b->half ? (d->width - PLACE_GAP_X) / 2 : d->width;

	return (struct place_rect){
		.x = d->left + (b->half == 2 ? d->width - width : 0),
		.y = MARGIN + (int)b->row * (PLACE_BOX_H + PLACE_GAP_Y),
		.width = width,
	};
}

int place_lane_x(const struct place *d, const struct picture_edge *e)
{
	bool down = row(d, e->from) < row(d, e->to);
	const struct place_side *side = down ? &d->down : &d->up;

	if (goes_to_next_row(d, e))
		return -1;
	for (size_t i = 0; i < side->n; i++) {
		int away = BEND + side->lanes[i].n * LANE;

		if (side->lanes[i].to == e->to)
			return down ? d->left + d->width + away : d->left - away;
	}
	return -1;
}
