// SPDX-License-Identifier: GPL-2.0
#include "governor.h"

#define SECOND_NS 1000000000ULL

void governor_begin(struct governor *g, uint64_t price_ns, uint64_t permille, uint64_t now_ns,
		    uint64_t hits)
{
	*g = (struct governor){price_ns, permille, now_ns, hits};
}

/* a * b / c for a quotient that fits, whatever a * b does. */
static uint64_t scale(uint64_t a, uint64_t b, uint64_t c)
{
	unsigned __int128 whole = (unsigned __int128)a * b / c;

	return whole > UINT64_MAX ? UINT64_MAX : (uint64_t)whole;
}

bool governor_too_much(struct governor *g, uint64_t now_ns, uint64_t hits, uint64_t *ret_permille)
{
	uint64_t elapsed = now_ns > g->began_ns ? now_ns - g->began_ns : 0;
	uint64_t fresh = hits > g->began_hits ? hits - g->began_hits : 0;
	uint64_t over = elapsed > SECOND_NS ? elapsed : SECOND_NS;
	uint64_t cost_ns = scale(fresh, g->price_ns, 1);

	if (cost_ns > scale(over, g->permille, 1000)) {
		*ret_permille = scale(cost_ns, 1000, over);
		return true;
	}
	if (elapsed >= SECOND_NS) {
		g->began_ns = now_ns;
		g->began_hits = hits;
	}
	return false;
}
