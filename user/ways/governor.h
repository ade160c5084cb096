/* SPDX-License-Identifier: GPL-2.0 */
#ifndef WAYS_GOVERNOR_H
#define WAYS_GOVERNOR_H

/*
 * Whether probes on lock functions are worth their price: hits times the price
 * of one, against a share of one CPU. Arithmetic alone.
 */
#include <stdbool.h>
#include <stdint.h>

struct governor {
	uint64_t price_ns; /* of one hit */
	uint64_t permille; /* of one CPU that they may take */
	uint64_t began_ns; /* of the second that is being reckoned */
	uint64_t began_hits;
};

/* 16 us: what a uprobe at the first instruction of a function costs in a VM. */
#define GOVERNOR_PRICE_NS 16000
#define GOVERNOR_PERMILLE 50

void governor_begin(struct governor *g, uint64_t price_ns, uint64_t permille, uint64_t now_ns,
		    uint64_t hits);

/*
 * Tells it how many hits there have been in all. True: they cost too much, and
 * *ret_permille is what they took. True even within the first second once that
 * second's whole budget is spent.
 */
bool governor_too_much(struct governor *g, uint64_t now_ns, uint64_t hits, uint64_t *ret_permille);

#endif
