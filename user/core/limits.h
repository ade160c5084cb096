/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_LIMITS_H
#define CORE_LIMITS_H

/*
 * How many stalls are told of. A bug that strikes a thousand times an hour is
 * one message, not a thousand; but nothing is left out uncounted.
 *
 * A window is 60 thresholds (a minute, by default). With one signature 20 may
 * open at once, and one more each window; 100 at once of all kinds, and ten
 * more each window. What is above that is counted with its signature, and told
 * as a number at the end of a window in which it grew. So is a stall that
 * comes and goes, but for the 2nd, 4th, 8th ... time.
 *
 * A stall that lasts ten times the threshold is no flood: stalls.c asks again
 * for one of these, and it is told of as soon as there is room.
 */
#include "arena.h"
#include "report.h"

#define LIMITS_WINDOW 60 /* thresholds */

/* A bucket of tokens; 64 bits of nanoseconds are years. */
struct bucket {
	uint64_t tokens;
	uint64_t filled_ns; /* 0: never used, so it is full */
};

/* What is counted of one signature. */
struct limit {
	char signature[24];
	struct bucket bucket;
	uint64_t last_ns; /* asked for */
	uint64_t n;	  /* not told since first_ns */
	uint64_t first_ns;
	struct arena arena;
	struct report *example; /* one of them; NULL if n is 0 */
};

struct limits {
	uint64_t window_ns;
	struct limit *all;
	size_t n, cap;
	struct bucket overall;
	uint64_t suppressed; /* ever */
};

void limits_begin(struct limits *l, uint64_t threshold_ns);
void limits_free(struct limits *l);

/* May one more with this signature be told? If so it counts as told. */
bool limits_admit(struct limits *l, const char *signature, uint64_t now_ns);

/* Would limits_admit() agree? "": of a signature that was never told. */
bool limits_have_room(struct limits *l, const char *signature, uint64_t now_ns);

/* Counts one that is not told; takes over its report with the arena it is in. */
int limits_count(struct limits *l, struct arena *arena, struct report *report, uint64_t now_ns);

/* The next count that is due to be told (all of them at the end), or NULL. */
const struct report *limits_due(struct limits *l, const struct fact_tick *now, bool end);

#endif
