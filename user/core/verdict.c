// SPDX-License-Identifier: GPL-2.0
#include <errno.h>

#include "verdict.h"

/* A thread that wakes up is called polling if so many looks found it at one place. */
#define POLLING_LOOKS 3

struct pass {
	const struct verdict_limits *limits;
	const struct history *h;
	struct model *m;
	uint32_t *todo; /* threads that became live and were not yet followed */
	size_t n_todo;
};

static uint64_t age(uint64_t now, uint64_t then)
{
	return now > then ? now - then : 0;
}

/* ---- Waits: is it one, is it long, does the chain go on behind it ---- */

static bool is_confirmed(const struct pass *p, const struct model_wait *w)
{
	const struct thread_past *past = history_thread(p->h, &p->m->threads[w->thread]);

	if (past->wait_looks >= 2 || p->limits->hurried)
		return true;
	if (w->fact.quality != SINCE_EXACT)
		return false;
	/* A hook saw it begin, long ago or at least before the last look. */
	return w->fact.since_ns <= p->h->previous_ns || w->past_threshold;
}

static bool is_past_threshold(const struct pass *p, const struct model_wait *w)
{
	const struct thread_past *past = history_thread(p->h, &p->m->threads[w->thread]);

	if (w->fact.quality != SINCE_UNKNOWN)
		return age(p->h->now_ns, w->fact.since_ns) >= p->limits->threshold_ns;
	return w->fact.before && (p->limits->hurried ||
				  age(p->h->now_ns, past->wait_seen_ns) >= p->limits->threshold_ns);
}

/*
 * A wait that was seen only once may be over: behind it the chain is not
 * followed. Where nobody holds, the parked thread itself is the end.
 * But who holds nothing leads nobody astray, and is shown where it queues.
 */
static bool is_followed(const struct pass *p, const struct model_wait *w)
{
	const struct model_resource *r = &p->m->resources[w->resource];
	const uint32_t *first = &p->m->first_held[w->thread];

	if (class_is_idle(r->fact.class) && !r->n_known)
		return false;
	return w->confirmed || first[0] == first[1];
}

/* When the oldest wait on a resource began, and when one of them was first seen. */
static void keep_oldest(struct model_resource *r, const struct model_wait *w,
			const struct thread_past *past)
{
	/* Of an unknown beginning we know just when we first saw it. */
	uint64_t since = w->fact.quality == SINCE_UNKNOWN ? past->wait_seen_ns : w->fact.since_ns;

	if (since < r->since_ns)
		r->since_ns = since;
	if (past->wait_seen_ns < r->seen_ns)
		r->seen_ns = past->wait_seen_ns;
	r->before |= w->fact.before;
}

static void begin(struct pass *p)
{
	struct model *m = p->m;

	m->undecided = false;
	for (size_t i = 0; i < m->n_resources; i++) {
		struct model_resource *r = &m->resources[i];

		r->since_ns = r->seen_ns = p->h->now_ns;
		r->live = r->before = false;
		r->n_live = 0;
	}
	for (size_t i = 0; i < m->n_threads; i++)
		m->threads[i].live = false;
	for (size_t i = 0; i < m->n_holds; i++)
		m->holds[i].live = false;
}

static void judge_waits(struct pass *p)
{
	for (size_t i = 0; i < p->m->n_waits; i++) {
		struct model_wait *w = &p->m->waits[i];

		w->past_threshold = is_past_threshold(p, w);
		w->confirmed = is_confirmed(p, w);
		w->followed = is_followed(p, w);
		keep_oldest(&p->m->resources[w->resource], w,
			    history_thread(p->h, &p->m->threads[w->thread]));
	}
}

/* ---- Ends of chains ---- */

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

	if (!t->stated)
		return MOTION_UNKNOWN;
	if (limits->hurried)
		return MOTION_NONE;
	if (!awake && t->fact.ran_ns && age(h->now_ns, t->fact.ran_ns) >= limits->threshold_ns)
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
static bool is_observed(const struct pass *p, uint64_t seen_ns)
{
	if (p->limits->last || age(p->h->now_ns, seen_ns) >= p->limits->threshold_ns)
		return true;
	p->m->undecided = true;
	return false;
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
static bool holder_is_live(const struct pass *p, const struct model_resource *r,
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
		       age(p->h->now_ns, r->since_ns) < 2 * p->limits->threshold_ns;
	}
	/* Who sleeps elsewhere is not excused by what others did with this lock. */
	asleep = t->fact.activity != ACT_RUNNING &&
		 (motion == MOTION_NONE || motion == MOTION_POLLS);
	event_ns = !idle_excuses(r->fact.class) ? 0 : asleep ? past->event_ns : past->any_event_ns;
	if (event_ns && event_ns >= r->since_ns)
		return true;
	if (motion == MOTION_NONE && t->fact.activity == ACT_RUNNING && r->before)
		return !is_observed(p, r->seen_ns);
	if (changed || motion == MOTION_NONE || motion == MOTION_POLLS)
		return false;
	return age(p->h->now_ns, r->since_ns) < 2 * p->limits->threshold_ns ||
	       !is_observed(p, r->seen_ns);
}

/*
 * TOKEN: who took the last unit need not be the one to give it back, and a
 * worker may keep it for as long as its work takes. So only of who does nothing
 * at all it is said that it keeps others waiting.
 */
static bool taker_is_live(const struct pass *p, const struct model_thread *t)
{
	if (verdict_is_gone(t) || t->fact.activity == ACT_STOPPED)
		return false;
	return t->fact.activity != ACT_SLEEPING ||
	       verdict_motion(p->limits, p->h, t) != MOTION_NONE;
}

/* FULL: whoever moved within the threshold may be draining, if slowly. */
static bool reader_is_live(const struct pass *p, const struct model_resource *r,
			   const struct model_thread *t)
{
	enum motion motion = verdict_motion(p->limits, p->h, t);

	if (verdict_is_gone(t) || t->fact.activity == ACT_STOPPED)
		return false;
	if (t->stated && t->fact.activity == ACT_RUNNING)
		return true;
	if (t->stated && t->fact.ran_ns)
		return age(p->h->now_ns, t->fact.ran_ns) < p->limits->threshold_ns;
	if (motion == MOTION_NONE)
		return !is_observed(p, history_thread(p->h, t)->unmoved_ns);
	if (t->stated && (motion != MOTION_UNKNOWN || t->fact.activity != ACT_UNKNOWN))
		return true;
	return age(p->h->now_ns, r->since_ns) < 2 * p->limits->threshold_ns;
}

/* ---- Holds and resources ---- */

static bool resource_is_live(const struct model_resource *r)
{
	switch (r->fact.class) {
	case CLASS_LOCK:
	case CLASS_FILE_LOCK:
		return r->n_known && r->n_live == r->n_known;
	case CLASS_FULL:
	case CLASS_PARK:
	case CLASS_EMPTY:
	case CLASS_TOKEN:
		return r->n_live > 0;
	default:
		return false;
	}
}

static void mark_live(struct pass *p, struct model_resource *r, struct model_hold *hold)
{
	hold->live = true;
	r->n_live++;
	if (r->live || !resource_is_live(r))
		return;
	r->live = true;
	for (uint32_t i = 0; i < r->n_waits; i++) {
		const struct model_wait *w = model_wait_at(p->m, r, i);
		struct model_thread *t = &p->m->threads[w->thread];

		if (!w->followed || t->live)
			continue;
		t->live = true;
		p->todo[p->n_todo++] = w->thread;
	}
}

static bool is_inherited(const struct model_resource *r)
{
	return r->fact.class != CLASS_FULL && r->fact.class != CLASS_BACKLOG;
}

/* What can be said of a hold without following the chain. */
static bool hold_is_live(const struct pass *p, const struct model_resource *r,
			 const struct model_hold *hold)
{
	const struct model_thread *t = &p->m->threads[hold->thread];
	const struct model_wait *w = model_wait_by(p->m, hold->thread);

	if (w && !w->followed && !w->confirmed)
		w = NULL;
	if (hold->gone || hold->copied || r->fact.class == CLASS_BACKLOG)
		return false;
	/* A reader that has waited for so long does not drain, whatever it waits for. */
	if (r->fact.class == CLASS_FULL)
		return w ? !w->past_threshold : reader_is_live(p, r, t);
	/* Found by propagation, if ever. */
	if (w && w->followed)
		return false;
	return r->fact.class == CLASS_TOKEN ? taker_is_live(p, t) : holder_is_live(p, r, t);
}

static void judge_holds(struct pass *p)
{
	for (size_t i = 0; i < p->m->n_holds; i++) {
		struct model_hold *hold = &p->m->holds[i];
		struct model_resource *r = &p->m->resources[hold->resource];

		if (hold->thread != NONE && hold_is_live(p, r, hold))
			mark_live(p, r, hold);
	}
}

/* Who waits for something live is live; so is what it holds. */
static void propagate(struct pass *p)
{
	while (p->n_todo) {
		uint32_t thread = p->todo[--p->n_todo];
		const struct model *m = p->m;

		for (uint32_t i = m->first_held[thread]; i < m->first_held[thread + 1]; i++) {
			struct model_hold *hold = &m->holds[m->held_by[i]];
			struct model_resource *r = &m->resources[hold->resource];

			if (!hold->live && !hold->gone && !hold->copied && is_inherited(r))
				mark_live(p, r, hold);
		}
	}
}

int verdict_pass(const struct verdict_limits *limits, const struct history *h, struct model *m)
{
	struct pass p = {.limits = limits, .h = h, .m = m};

	/* Each thread becomes live at most once. */
	p.todo = arena_array(&m->arena, m->n_threads, sizeof(*p.todo));
	if (!p.todo)
		return -ENOMEM;
	begin(&p);
	judge_waits(&p);
	judge_holds(&p);
	propagate(&p);
	for (size_t i = 0; i < m->n_waits; i++) {
		struct model_wait *w = &m->waits[i];
		const struct model_resource *r = &m->resources[w->resource];

		if (class_is_idle(r->fact.class))
			continue;
		/* A unit that nobody took is one that was never there: an event, not a lock. */
		if (r->fact.class == CLASS_TOKEN && !r->n_known)
			continue;
		if (w->fact.quality == SINCE_UNKNOWN && w->fact.before && !w->past_threshold)
			m->undecided = true;
		w->triggers = w->confirmed && w->past_threshold && !r->live;
	}
	return 0;
}
