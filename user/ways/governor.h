/* SPDX-License-Identifier: GPL-2.0 */
#ifndef WAYS_GOVERNOR_H
#define WAYS_GOVERNOR_H

/*
 * Which hooks are worth their price. Shares of a CPU go in, from time to time;
 * out comes which hook to take off, and which to try again. Decisions alone:
 * who measures, and who does it, is governed.c.
 *
 * A load that is over in a second is no reason to see less, and one that comes
 * and goes must not make hooks come and go with it. So what is too dear has to
 * be so twice running, unless it is so by far; a hook comes back on trial, when
 * it was off for a while, and that while grows with each trial that fails; and
 * it stays only if there is room to spare. A user is told of what lasts.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GOVERNOR_HOOKS 40

enum governor_act {
	GOVERNOR_KEEP,	/* all is well, or nothing can be done, or it was said */
	GOVERNOR_OFF,	/* take this hook off */
	GOVERNOR_TRY,	/* put it back, on trial */
	GOVERNOR_AGAIN, /* the trial has failed: take it off, there is no news */
	GOVERNOR_BACK,	/* the trial is over: it is on, and stays */
	GOVERNOR_DEAR,	/* over the budget, and no hook that may come off costs anything much */
};

struct governor_step {
	enum governor_act act;
	size_t hook;
	uint64_t share_ppm, total_ppm; /* of one CPU: of this hook, of all that are on */
};

struct governor_hook {
	bool there, optional;

	/* private */
	bool off, on_trial;
	unsigned int passed; /* samples of the trial that went well */
	uint64_t share_ppm;  /* when it came off */
	uint64_t pause_ns;   /* that it is off before the next trial */
	uint64_t try_ns;     /* when that is */
	uint64_t back_ns;    /* when it came back for good; 0: never */
};

struct governor {
	uint64_t budget_ppm; /* 0: none */
	struct governor_hook hooks[GOVERNOR_HOOKS];

	/* private */
	unsigned int over; /* samples in a row that were over the budget */
	bool said_dear;
};

/* Nothing is governed yet. */
void governor_begin(struct governor *g, uint64_t budget_ppm);
void governor_add(struct governor *g, size_t hook, bool optional);

/*
 * What each hook took since the last time, or in some moment of that. What is
 * off took nothing. The caller does what is said before it asks again.
 */
struct governor_step governor_decide(struct governor *g, uint64_t now_ns,
				     const uint64_t share_ppm[GOVERNOR_HOOKS]);

/* The one that was to be tried could not be put back. */
void governor_failed(struct governor *g, size_t hook, uint64_t now_ns);

/* Is it off, or back on trial: not to be relied on? */
bool governor_is_off(const struct governor *g, size_t hook);

/* Would the next sample decide something? Then it is worth taking soon. */
bool governor_is_busy(const struct governor *g);

/* hits * price in elapsed, as parts of a million of a CPU; no overflow. */
uint64_t governor_share(uint64_t hits, uint64_t price_ns, uint64_t elapsed_ns);

#endif
