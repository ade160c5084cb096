// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "../os/parser.h"
#include "watch_private.h"
#include "../ways/way.h"

#define MS 1000000ULL

/*
 * A stall is told at the latest threshold + 250 ms after it began: so often
 * must a cheap look be taken. A look at all of /proc is not cheap (31 us a
 * thread): there it is threshold + 2 s.
 */
#define TICK_MIN_NS	(50 * MS)
#define TICK_MAX_NS	(150 * MS)
#define TICK_SYSTEM_NS	(800 * MS)
#define TICK_QUIET_NS	(500 * MS)
#define ONCE_BETWEEN_NS (100 * MS)
#define ONCE_LOOKS	5

/* How long names may put off a report that can be completed later, and one that cannot. */
#define NAMES_NS      (800 * MS)
#define NAMES_ONCE_NS (5000 * MS)

int watch_keep(struct watch *w, bool last)
{
	const struct fact_tick now = {.now_ns = os_now_ns(), .wall_ns = os_wall_ns()};

	return w->keeping.looked ? w->keeping.looked(w->keeping.ctx, w->engine, &now, last) : 0;
}

/* One look: facts, the engine's judgement, and the stacks that its reports need. */
static int look(struct watch *w)
{
	const struct thread_ref *refs;
	size_t n;
	int err = engine_kept(w->engine, &refs, &n);

	if (err)
		return err;
	collector_also(w->collector, refs, n);
	err = collector_look(w->collector, os_now_ns(), os_wall_ns(), &w->facts);
	if (err)
		return err;
	n = engine_wants(w->engine, &refs);
	err = collector_detail(w->collector, refs, n, w->o->once ? NAMES_ONCE_NS : NAMES_NS,
			       &w->facts);
	return err ? err : watch_keep(w, false);
}

/*
 * Where a look tells how old a wait is, nothing is missed by looking late: what
 * began right after the last look is then half as old as a stall at the most, and
 * from there on it is looked at as often as ever.
 */
static bool may_wait(const struct watch *w)
{
	return w->way.way != &way_proc && collector_is_quiet(w->collector) &&
	       !engine_still_open(w->engine);
}

static uint64_t tick_ns(const struct watch *w)
{
	uint64_t tick = w->o->threshold_ns / 5, quiet = w->o->threshold_ns / 2;

	if (w->o->once)
		return ONCE_BETWEEN_NS;
	if (may_wait(w))
		return quiet < TICK_MIN_NS     ? TICK_MIN_NS
		       : quiet > TICK_QUIET_NS ? TICK_QUIET_NS
					       : quiet;
	if (target_is_system(w->target) && w->way.way != &way_hooks)
		return w->o->threshold_ns / 2 < TICK_SYSTEM_NS
			       ? w->o->threshold_ns / 2 + TICK_MIN_NS
			       : TICK_SYSTEM_NS;
	return tick < TICK_MIN_NS ? TICK_MIN_NS : tick > TICK_MAX_NS ? TICK_MAX_NS : tick;
}

/* A service that is told by SIGHUP to read its files again; of anything else it is the end. */
static bool reloaded(struct watch *w, int signal)
{
	if (signal != SIGHUP || !w->reload.reload)
		return false;
	notify_reloading(&w->notify, os_now_ns());
	w->reload.reload(w->reload.ctx);
	notify_reloaded(&w->notify);
	return true;
}

/* Sleeps until then or a signal that ends the session; returns whether one came. */
static bool interrupted(struct watch *w, uint64_t until_ns)
{
	for (;;) {
		uint64_t now = os_now_ns();
		uint64_t left = until_ns > now ? until_ns - now : 0;
		struct timespec ts = {.tv_sec = left / 1000000000, .tv_nsec = left % 1000000000};

		int signal = sigtimedwait(&w->ending, NULL, &ts);

		if (signal > 0 && !reloaded(w, signal))
			return true;
		if (signal < 0 && errno == EAGAIN)
			return false;
	}
}

/* Is everything said that one look can say? Two looks must agree before anything is told. */
static bool looked_enough(const struct watch *w, int looks)
{
	if (looks < 2)
		return false;
	/* a wait whose beginning nothing tells has to be watched for the threshold itself */
	uint64_t took = os_now_ns() - w->began_ns;
	uint64_t enough = w->o->threshold_ns + 4 * ONCE_BETWEEN_NS;

	/* on a busy machine that may have been time for two looks only */
	return (!engine_undecided(w->engine) && !collector_undecided(w->collector, os_now_ns())) ||
	       (took > enough && (looks >= ONCE_LOOKS || took > 3 * enough));
}

static void tell_looked(struct watch *w, uint64_t began_ns, int looks)
{
	const struct watch_look look = {
		.began_ns = began_ns,
		.now_ns = os_now_ns(),
		.hooks = w->way.way->hooks(w->way.self),
		.parser_starts = parser_starts(w->os.parser),
		.watch = w,
	};

	parser_rest(w->os.parser, look.now_ns);
	if (w->looked.looked)
		w->looked.looked(w->looked.ctx, &look);
	notify_looked(&w->notify, look.now_ns, w->how, looks, engine_still_open(w->engine));
}

const char *watch_loop(struct watch *w, char *why, size_t size, int *ret_err)
{
	uint64_t end_ns = w->o->duration_ns ? w->began_ns + w->o->duration_ns : UINT64_MAX;

	for (int looks = 1;; looks++) {
		uint64_t start = os_now_ns(), cpu = os_cpu_ns();

		*ret_err = target_refresh(w->target);
		if (*ret_err == -ESRCH && (looks > 1 || engine_opened(w->engine))) {
			snprintf(why, size, "%d has exited", w->o->pid);
			*ret_err = 0;
			return why;
		}
		if (*ret_err == 0)
			*ret_err = look(w);
		if (*ret_err)
			return NULL;
		tell_looked(w, start, looks);
		if (w->o->once && looked_enough(w, looks))
			return "looked once";

		/* looking never takes more than half of a processor; to wait for one costs none */
		uint64_t next = start + tick_ns(w), rested = os_now_ns() + os_cpu_ns() - cpu;

		if (next < rested)
			next = rested;
		if (interrupted(w, next < end_ns ? next : end_ns))
			return "interrupted";
		if (os_now_ns() >= end_ns)
			return "duration over";
	}
}
