// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>

#include "collect_private.h"
#include "collect_asked.h"
#include "collect_circles.h"
#include "collect_places.h"
#include "collect_reentry.h"
#include "collect_retries.h"
#include "collect_standstill.h"
#include "../os/file_locks.h"
#include "../os/holders.h"
#include "../os/lost.h"
#include "../os/os.h"
#include "../os/sockets.h"
#include "../os/tcp_list.h"
#include "../os/unread.h"
#include "../probes/wait_sites.h"
#include "../ways/way.h"

int collector_new(struct os *os, const struct way *way, void *way_self, uint64_t threshold_ns,
		  struct collector **ret)
{
	struct collector *c = calloc(1, sizeof(*c));
	int r = c ? 0 : -ENOMEM;

	if (r)
		return r;
	c->os = os;
	c->way = way;
	c->way_self = way_self;
	c->threshold_ns = threshold_ns;
	r = lost_news_new(&c->lost_news);
	c->reentries = r ? NULL : reentries_new();
	c->places = r ? NULL : places_new();
	c->circles = r ? NULL : circles_new();
	c->retries = r ? NULL : retries_new();
	c->standstills = r ? NULL : standstills_new();
	if (!r && (!c->reentries || !c->places || !c->circles || !c->retries || !c->standstills))
		r = -ENOMEM;
	if (r) {
		collector_free(c);
		return r;
	}
	*ret = c;
	return 0;
}

void collector_include_parked(struct collector *c)
{
	c->include_parked = true;
}

void collector_asked(struct collector *c, pid_t pid, bool once)
{
	c->asked = true;
	c->notes_standstills = once;
	c->asked_pid = once ? pid : 0;
}

void collector_also(struct collector *c, const struct thread_ref *refs, size_t n)
{
	c->also = refs;
	c->n_also = n;
}

bool collector_undecided(const struct collector *c, uint64_t now_ns)
{
	return retries_undecided(c, now_ns);
}

bool collector_is_quiet(const struct collector *c)
{
	return c->n_nodes == 0;
}

void collector_free(struct collector *c)
{
	if (!c)
		return;
	nodes_clear(c);
	free(c->nodes);
	lost_news_free(c->lost_news);
	reentries_free(c->reentries);
	places_free(c->places);
	circles_free(c->circles);
	retries_free(c->retries);
	standstills_free(c->standstills);
	free(c);
}

struct scan {
	struct collector *c;
	uint64_t now_ns;
	uint64_t min_age_ns;
};

#define HABIT_TIMES 10 /* half of what core/habit.c wants, so that it has seen it before */

/*
 * A parked wait that lasts far longer than those at its place did. Workers that
 * wait for work are left out: they are idle for as long as there is none.
 */
static bool is_unusual(struct collector *c, const struct seen *s, const struct wait *w,
		       uint64_t age_ns, struct fact_habit *ret)
{
	const struct wait_site *site;
	struct way_habit habit;

	if (w->class != CLASS_PARK || !c->way->habit || age_ns < c->threshold_ns / 2 ||
	    c->way->habit(c->way_self, s, &habit) != 1 || !habit.alone ||
	    age_ns / HABIT_TIMES < habit.longest_ns)
		return false;
	site = wait_site_of(c->os, s);
	if (site && site->use == USE_POOL)
		return false;
	*ret = (struct fact_habit){
		.waits = habit.waits,
		.longest_ns = habit.longest_ns,
		.first_ns = habit.first_ns,
		.others = habit.others,
		.others_then = habit.others_then,
		.then_ns = habit.then_ns,
		.alone = habit.alone,
	};
	return ret->waits > 0;
}

/*
 * One candidate. Locks, queues and listeners become nodes once they have
 * waited for half the threshold, so that the core has seen them before they
 * pass it; of all others only those that wait for another thread.
 */
static int take_seen(void *ctx, const struct seen *s)
{
	struct scan *scan = ctx;
	struct collector *c = scan->c;
	enum since_quality quality;
	struct node *node;
	struct fact_habit habit = {0};
	uint64_t since_ns;
	struct wait w;
	int r;

	if (probes_recognise(c->os, s, &w) != 1)
		return 0;
	since_ns = wait_since(s, &w, &quality);
	retries_take(c->retries, s, &w);
	/* 0: nothing tells when it began, so it may be long ago */
	if (since_ns + scan->min_age_ns > scan->now_ns)
		return 0;
	c->parked += class_is_idle(w.class);
	standstills_take(c, s, &w);
	r = circles_take(c, s, &w, since_ns, scan->now_ns);
	if (r)
		return r;
	if (class_is_idle(w.class) && !w.follow &&
	    !reentry_suspected(c, s, &w, since_ns, scan->now_ns)) {
		r = places_take(c->places, s, since_ns, &w);
		if (r < 0)
			return r;
		if (!r && !c->include_parked &&
		    !is_unusual(c, s, &w, scan->now_ns - since_ns, &habit))
			return 0;
	}
	if (node_find(c, s->ref.pid, s->ref.tid))
		return 0; /* came up twice: the threads' list changed while it was read */
	r = node_of_wait(c, s, &w, &node);
	if (r != 1)
		return r;
	node->habit = habit;
	return 0;
}

static int put_lost(struct collector *c, const struct fact_sink *out)
{
	struct fact_sink news = lost_news_sink(c->lost_news, out);
	int r = unread_state(c->os->unread, out);

	if (!r)
		r = lost_state(c->os->lost, &news);
	if (!r)
		r = c->way->lost(c->way_self, &news);
	return r || !c->way->unseen ? r : c->way->unseen(c->way_self, out);
}

static int state_look(struct collector *c, const struct fact_tick *tick)
{
	struct fact f = {.type = FACT_TICK, .tick = *tick};
	int r = fact_put(c->out, &f);

	if (!r)
		r = closure_state(c);
	if (!r)
		r = closure_also(c);
	if (!r)
		r = places_state(c);
	if (!r)
		r = put_lost(c, c->out);
	if (!r)
		r = asked_state(c);
	f = (struct fact){.type = FACT_LOOKED};
	return r ? r : fact_put(c->out, &f);
}

int collector_look(struct collector *c, uint64_t now_ns, uint64_t wall_ns,
		   const struct fact_sink *out)
{
	struct scan scan = {.c = c, .now_ns = now_ns, .min_age_ns = c->threshold_ns / 2};
	struct fact_tick tick = {.now_ns = now_ns, .wall_ns = wall_ns};
	int r;

	nodes_clear(c);
	reentries_begin(c->reentries);
	places_begin(c->places);
	circles_begin(c);
	retries_begin(c->retries);
	standstills_begin(c->standstills);
	sockets_forget(c->os->sockets);
	tcp_forget(c->os->tcp);
	holders_forget(c->os->holders);
	file_locks_forget(c->os->file_locks);
	c->out = out;
	if (!c->began_ns)
		c->began_ns = now_ns;
	r = c->way->scan(c->way_self, now_ns, scan.min_age_ns, take_seen, &scan, &tick.threads);
	tick.parked = c->parked;
	if (!r)
		r = places_end(c);
	if (!r)
		r = circles_end(c);
	if (!r)
		r = retries_end(c, now_ns);
	if (!r)
		r = standstills_end(c);
	return r ? r : state_look(c, &tick);
}
