// SPDX-License-Identifier: GPL-2.0
/* Whoever ends a chain: can it be expected to go on? */
#include "verdict_holder.h"

/* A thread that wakes up is called polling if so many looks found it at one place. */
#define POLLING_LOOKS 3

bool verdict_is_gone(const struct model_thread *t)
{
	return t->gone || t->fact.activity == ACT_GONE || t->fact.activity == ACT_ZOMBIE;
}

bool verdict_changed_hands(const struct history *h, const struct model_resource *r)
{
	const struct resource_past *past = history_resource(h, r);

	return past->changed_ns && past->changed_ns > r->seen_ns;
}

enum motion verdict_motion(const struct verdict_limits *limits, const struct history *h,
			   const struct model_thread *t)
{
	const struct thread_past *past = history_thread(h, t);
	bool awake = t->fact.activity == ACT_RUNNING;
	uint32_t polling = limits->last ? 2 : POLLING_LOOKS;
	struct polling polls;

	if (!t->stated)
		return MOTION_UNKNOWN;
	if (limits->hurried)
		return MOTION_NONE;
	if (past->polling.looks >= polling && polling_of(&past->polling, &polls))
		return MOTION_POLLS;
	if (!awake && t->fact.ran_ns &&
	    verdict_age(h->now_ns, t->fact.ran_ns) >= limits->threshold_ns)
		return MOTION_NONE;
	if (past->looks < 2)
		return MOTION_UNKNOWN;
	if (past->unmoved_looks >= 2 && (awake || past->place_looks >= 2))
		return MOTION_NONE;
	if (!awake && past->place_looks >= polling && past->place_looks == past->looks)
		return MOTION_POLLS;
	return MOTION_MOVES;
}

/*
 * Has it been looked at for the threshold itself, as far as that can be had?
 * Enough to have had a fair chance of seeing a holder in an event wait.
 */
static bool is_observed(const struct verdict_view *p, uint64_t seen_ns)
{
	if (p->limits->last || verdict_age(p->h->now_ns, seen_ns) >= p->limits->threshold_ns)
		return true;
	*p->undecided = true;
	return false;
}

/* Seen in a short wait: one more look tells whether it is always that one. */
static bool may_poll(const struct verdict_view *p, const struct model_thread *t)
{
	const struct thread_past *past = history_thread(p->h, t);

	return !p->limits->last && past->polling.looks && past->polling.looks < POLLING_LOOKS &&
	       past->looks < 2 * POLLING_LOOKS;
}

/* It changes hands, and many wait: a few looks more tell whether it does so all the time. */
static bool may_be_convoy(const struct verdict_view *p, const struct model_resource *r)
{
	const struct resource_past *past = history_resource(p->h, r);

	return !p->limits->last && r->n_waits >= CONVOY_WAITERS && past->changes < CONVOY_CHANGES &&
	       past->looks < CONVOY_CHANGES * CONVOY_SHARE;
}

/* The looks of --once may be nearer to each other than one holder's short sleep is long. */
static bool ran_lately(const struct verdict_view *p, const struct model_thread *t)
{
	return p->limits->once && t->stated && t->fact.ran_ns &&
	       verdict_age(p->h->now_ns, t->fact.ran_ns) < p->limits->threshold_ns;
}

static bool idle_excuses(enum wait_class class)
{
	return class != CLASS_EMPTY && class != CLASS_FILE_LOCK;
}

/*
 * LOCK, PARK, EMPTY and FILE_LOCK. Locks that a live thread keeps while it waits for events are
 * a way of parking (I/O threads behind the main loop's mutex, an accept mutex):
 * whoever was seen so is let alone. One that moves gets twice the threshold,
 * to have more looks in which it may be seen so. So does one that runs behind
 * a wait from before we looked: a main loop under full load never sleeps.
 *
 * EMPTY and FILE_LOCK differ: who is expected to send something and waits for
 * events instead is just the one to be told of (and is, only if a lock or a full
 * queue hangs on it); so is a program that sits on a file which others want.
 */
static bool holder_is_live(const struct verdict_view *p, const struct model_resource *r,
			   const struct model_thread *t)
{
	const struct resource_past *past = history_resource(p->h, r);
	enum motion motion = verdict_motion(p->limits, p->h, t);
	bool changed = verdict_changed_hands(p->h, r);
	uint64_t event_ns;
	bool asleep;

	if (verdict_is_gone(t) || t->fact.activity == ACT_STOPPED)
		return false;
	if (t->fact.activity == ACT_EVENT_WAIT) {
		if (idle_excuses(r->fact.class))
			return true;
		return motion != MOTION_NONE && motion != MOTION_POLLS &&
		       verdict_age(p->h->now_ns, r->since_ns) < 2 * p->limits->threshold_ns;
	}
	/* Who sleeps elsewhere is not excused by what others did with this lock. */
	asleep = t->fact.activity != ACT_RUNNING &&
		 (motion == MOTION_NONE || motion == MOTION_POLLS);
	event_ns = !idle_excuses(r->fact.class) ? 0 : asleep ? past->event_ns : past->any_event_ns;
	if (event_ns && event_ns >= r->since_ns)
		return true;
	if (motion == MOTION_NONE && t->fact.activity == ACT_RUNNING && r->before)
		return !is_observed(p, r->seen_ns);
	if ((changed || ran_lately(p, t)) && may_be_convoy(p, r)) {
		*p->undecided = true;
		return true;
	}
	if (changed || motion == MOTION_NONE || motion == MOTION_POLLS)
		return false;
	if (may_poll(p, t)) {
		*p->undecided = true;
		return true;
	}
	return verdict_age(p->h->now_ns, r->since_ns) < 2 * p->limits->threshold_ns ||
	       !is_observed(p, r->seen_ns);
}

/*
 * TOKEN: who took the last unit need not be the one to give it back, and a
 * worker may keep it for as long as its work takes. So only of who does nothing
 * at all it is said that it keeps others waiting.
 */
static bool taker_is_live(const struct verdict_view *p, const struct model_thread *t)
{
	if (verdict_is_gone(t) || t->fact.activity == ACT_STOPPED)
		return false;
	return t->fact.activity != ACT_SLEEPING ||
	       verdict_motion(p->limits, p->h, t) != MOTION_NONE;
}

/*
 * FULL: whoever moved within the threshold may be draining, if slowly. A pager
 * lets the pipe into it fill up until somebody presses a key.
 */
static bool reader_is_live(const struct verdict_view *p, const struct model_resource *r,
			   const struct model_thread *t)
{
	enum motion motion = verdict_motion(p->limits, p->h, t);

	if (verdict_is_gone(t) || t->fact.activity == ACT_STOPPED)
		return false;
	if (t->stated && (t->fact.activity == ACT_RUNNING || t->fact.activity == ACT_USER_WAIT))
		return true;
	if (t->stated && t->fact.ran_ns)
		return verdict_age(p->h->now_ns, t->fact.ran_ns) < p->limits->threshold_ns;
	if (motion == MOTION_NONE)
		return !is_observed(p, history_thread(p->h, t)->unmoved_ns);
	if (t->stated && (motion != MOTION_UNKNOWN || t->fact.activity != ACT_UNKNOWN))
		return true;
	return verdict_age(p->h->now_ns, r->since_ns) < 2 * p->limits->threshold_ns;
}

bool verdict_holder_is_live(const struct verdict_view *p, const struct model_resource *r,
			    const struct model_thread *t)
{
	switch (r->fact.class) {
	case CLASS_FULL:
		return reader_is_live(p, r, t);
	case CLASS_TOKEN:
		return taker_is_live(p, t);
	default:
		return holder_is_live(p, r, t);
	}
}
