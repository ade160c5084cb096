// SPDX-License-Identifier: GPL-2.0
#include "governor.h"

#define SECOND_NS 1000000000ULL

#define PAUSE_MIN_NS (10 * SECOND_NS)
#define PAUSE_MAX_NS (600 * SECOND_NS)
/* Who has stayed for so many pauses begins anew with the shortest. */
#define PAUSES_OF_PEACE 6

#define OVER_MAX     2 /* samples: this many over the budget are too many */
#define FAR_OVER     4 /* times the budget: one is */
#define TRIAL_PASSED 3 /* samples */
/* A trial is passed with a quarter of the budget to spare: what comes back has to stay. */
#define TRIAL_OF_BUDGET(budget_ppm) ((budget_ppm) / 4 * 3)
/* What takes less than a twentieth of the budget is not what it goes to. */
#define WORTH_IT(budget_ppm) ((budget_ppm) / 20)

void governor_begin(struct governor *g, uint64_t budget_ppm)
{
	*g = (struct governor){.budget_ppm = budget_ppm};
}

void governor_add(struct governor *g, size_t hook, bool optional)
{
	g->hooks[hook] = (struct governor_hook){.there = true, .optional = optional};
}

uint64_t governor_share(uint64_t hits, uint64_t price_ns, uint64_t elapsed_ns)
{
	unsigned __int128 whole = (unsigned __int128)hits * price_ns;

	if (!elapsed_ns)
		return 0;
	if (whole > UINT64_MAX)
		whole = UINT64_MAX;
	whole = whole * 1000000 / elapsed_ns;
	return whole > UINT64_MAX ? UINT64_MAX : (uint64_t)whole;
}

static uint64_t total_of(const struct governor *g, const uint64_t share_ppm[GOVERNOR_HOOKS])
{
	uint64_t total = 0;

	for (size_t i = 0; i < GOVERNOR_HOOKS; i++) {
		if (!g->hooks[i].there || (g->hooks[i].off && !g->hooks[i].on_trial))
			continue;
		total = share_ppm[i] > UINT64_MAX - total ? UINT64_MAX : total + share_ppm[i];
	}
	return total;
}

static struct governor_step step_of(enum governor_act act, size_t hook,
				    const uint64_t share_ppm[GOVERNOR_HOOKS], uint64_t total)
{
	return (struct governor_step){act, hook, share_ppm[hook], total};
}

/* The one on trial, or GOVERNOR_HOOKS. */
static size_t trial_of(const struct governor *g)
{
	size_t i = 0;

	while (i < GOVERNOR_HOOKS && !g->hooks[i].on_trial)
		i++;
	return i;
}

static void pause_longer(struct governor_hook *h, uint64_t now_ns)
{
	h->pause_ns = h->pause_ns < PAUSE_MAX_NS / 2 ? 2 * h->pause_ns : PAUSE_MAX_NS;
	h->try_ns = now_ns + h->pause_ns;
}

void governor_failed(struct governor *g, size_t hook, uint64_t now_ns)
{
	g->hooks[hook].on_trial = false;
	pause_longer(&g->hooks[hook], now_ns);
}

static struct governor_step judge_trial(struct governor *g, size_t at, uint64_t now_ns,
					const uint64_t share_ppm[GOVERNOR_HOOKS], uint64_t total)
{
	struct governor_hook *h = &g->hooks[at];

	if (total > TRIAL_OF_BUDGET(g->budget_ppm)) {
		h->on_trial = false;
		h->share_ppm = share_ppm[at];
		pause_longer(h, now_ns);
		return step_of(GOVERNOR_AGAIN, at, share_ppm, total);
	}
	if (++h->passed < TRIAL_PASSED)
		return step_of(GOVERNOR_KEEP, at, share_ppm, total);
	h->on_trial = h->off = false;
	h->back_ns = now_ns;
	g->said_dear = false;
	return step_of(GOVERNOR_BACK, at, share_ppm, total);
}

/* Off again soon after it came back: it stays off for longer. */
static void begin_pause(struct governor_hook *h, uint64_t now_ns)
{
	bool peace = !h->back_ns || now_ns - h->back_ns > PAUSES_OF_PEACE * h->pause_ns;

	if (peace)
		h->pause_ns = PAUSE_MIN_NS / 2;
	pause_longer(h, now_ns);
}

static struct governor_step take_dearest(struct governor *g, uint64_t now_ns,
					 const uint64_t share_ppm[GOVERNOR_HOOKS], uint64_t total)
{
	size_t dearest = GOVERNOR_HOOKS;
	uint64_t most = WORTH_IT(g->budget_ppm);

	for (size_t i = 0; i < GOVERNOR_HOOKS; i++) {
		const struct governor_hook *h = &g->hooks[i];

		if (h->there && h->optional && !h->off && share_ppm[i] > most) {
			most = share_ppm[i];
			dearest = i;
		}
	}
	if (dearest == GOVERNOR_HOOKS) {
		bool news = !g->said_dear;

		g->said_dear = true;
		return step_of(news ? GOVERNOR_DEAR : GOVERNOR_KEEP, 0, share_ppm, total);
	}
	g->over = 0;
	g->hooks[dearest].off = true;
	g->hooks[dearest].share_ppm = share_ppm[dearest];
	begin_pause(&g->hooks[dearest], now_ns);
	return step_of(GOVERNOR_OFF, dearest, share_ppm, total);
}

/* The cheapest of those whose time has come. */
static struct governor_step try_one(struct governor *g, uint64_t now_ns,
				    const uint64_t share_ppm[GOVERNOR_HOOKS], uint64_t total)
{
	size_t at = GOVERNOR_HOOKS;

	for (size_t i = 0; i < GOVERNOR_HOOKS; i++) {
		const struct governor_hook *h = &g->hooks[i];

		if (h->there && h->off && now_ns >= h->try_ns &&
		    (at == GOVERNOR_HOOKS || h->share_ppm < g->hooks[at].share_ppm))
			at = i;
	}
	if (at == GOVERNOR_HOOKS || total > TRIAL_OF_BUDGET(g->budget_ppm))
		return step_of(GOVERNOR_KEEP, 0, share_ppm, total);
	g->hooks[at].on_trial = true;
	g->hooks[at].passed = 0;
	return step_of(GOVERNOR_TRY, at, share_ppm, total);
}

struct governor_step governor_decide(struct governor *g, uint64_t now_ns,
				     const uint64_t share_ppm[GOVERNOR_HOOKS])
{
	uint64_t total = total_of(g, share_ppm);
	size_t trial = trial_of(g);

	if (!g->budget_ppm)
		return step_of(GOVERNOR_KEEP, 0, share_ppm, total);
	if (trial < GOVERNOR_HOOKS)
		return judge_trial(g, trial, now_ns, share_ppm, total);
	g->over = total > g->budget_ppm ? g->over + 1 : 0;
	if (g->over >= OVER_MAX || (g->over && total / FAR_OVER >= g->budget_ppm))
		return take_dearest(g, now_ns, share_ppm, total);
	return try_one(g, now_ns, share_ppm, total);
}

bool governor_is_off(const struct governor *g, size_t hook)
{
	return g->hooks[hook].off;
}

bool governor_is_busy(const struct governor *g)
{
	return g->over || trial_of(g) < GOVERNOR_HOOKS;
}
