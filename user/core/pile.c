// SPDX-License-Identifier: GPL-2.0
#include "model.h"
#include "pile.h"

/* A pool that is being made grows as well: for a moment, not again and again. */
#define SEEN_MOMENTS	4
#define SEEN_THRESHOLDS 3

/* What nobody saw grow has to be larger, and to have grown for longer. */
#define READ_COUNT	32
#define READ_MOMENTS	16
#define READ_THRESHOLDS 3

static int64_t number(const struct model_resource *r, const char *name)
{
	return model_number(r, name, 0);
}

void pile_remember(struct pile_past *p, uint64_t now_ns, const struct model_resource *r)
{
	int64_t arrived = number(r, PILE_ARRIVED), count = number(r, PILE_COUNT);
	bool left = p->looks && number(r, PILE_LEFT) > 0;

	if (!p->looks++ || left) {
		p->since_ns = now_ns;
		p->before = count;
		p->moments = 0;
		p->left |= left;
		return;
	}
	if (arrived <= 0)
		return;
	if (!p->moments++)
		p->first_ns = now_ns;
	p->last_ns = now_ns;
}

bool pile_is_one(const struct pile_past *p, const struct pile_limits *limits,
		 const struct model_resource *r, bool *ret_seen)
{
	int64_t count = number(r, PILE_COUNT), born = number(r, PILE_BORN);
	uint64_t born_ns = (uint64_t)number(r, PILE_BORN_S) * UINT64_C(1000000000);

	*ret_seen = p->moments >= SEEN_MOMENTS &&
		    p->last_ns - p->first_ns >= SEEN_THRESHOLDS * limits->threshold_ns;
	if (p->looks < 2 || p->left || count < PILE_MIN || number(r, PILE_YOUNG) * 10 < count * 9)
		return false;
	return *ret_seen || (limits->asked && count >= READ_COUNT && born >= READ_MOMENTS &&
			     born_ns >= READ_THRESHOLDS * limits->threshold_ns);
}
