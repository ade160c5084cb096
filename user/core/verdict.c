// SPDX-License-Identifier: GPL-2.0
#include <errno.h>

#include "circle.h"
#include "habit.h"
#include "verdict_holder.h"

#define IDLE_CIRCLE_TIMES 10

struct pass {
	const struct verdict_limits *limits;
	const struct history *h;
	struct model *m;
	bool *followed; /* of each thread, its wait: close together, for there are many holds */
	uint32_t *todo; /* threads that became live and were not yet followed */
	size_t n_todo;
};

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
		return verdict_age(p->h->now_ns, w->fact.since_ns) >= p->limits->threshold_ns;
	return w->fact.before &&
	       (p->limits->hurried ||
		verdict_age(p->h->now_ns, past->wait_seen_ns) >= p->limits->threshold_ns);
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
		return w->told_idle && first[0] == first[1];
	return w->confirmed || first[0] == first[1];
}

/* Idle, as far as can be seen: is it to be told all the same? */
static void judge_idle(const struct pass *p, struct model_wait *w)
{
	const struct model_resource *r = &p->m->resources[w->resource];

	w->abnormal = w->told_idle = false;
	if (!class_is_idle(r->fact.class) || !w->past_threshold)
		return;
	if (r->fact.class == CLASS_PARK && !r->n_known)
		w->abnormal = habit_is_abnormal(p->limits, p->h->now_ns, &w->fact);
	w->told_idle = w->abnormal || p->limits->include_parked;
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

/* Do threads pile up there? *ret_seen: that was seen, else read from when they were made. */
static bool is_pile(const struct verdict_limits *limits, const struct history *h,
		    const struct model_resource *r, bool *ret_seen)
{
	struct pile_limits pile = {.threshold_ns = limits->threshold_ns, .asked = limits->asked};

	return r->fact.class == CLASS_PILE &&
	       pile_is_one(&history_resource(h, r)->pile, &pile, r, ret_seen);
}

static void begin(struct pass *p)
{
	struct model *m = p->m;

	m->undecided = false;
	for (size_t i = 0; i < m->n_resources; i++) {
		struct model_resource *r = &m->resources[i];
		bool seen;

		r->since_ns = r->seen_ns = p->h->now_ns;
		r->n_live = 0;
		r->before = false;
		r->live = r->fact.class == CLASS_PILE;
		if (!is_pile(p->limits, p->h, r, &seen))
			continue;
		r->live = false;
		/* its threads are stated from the next look on */
		m->undecided |= !r->n_waits;
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
		judge_idle(p, w);
		w->followed = p->followed[w->thread] = is_followed(p, w);
		keep_oldest(&p->m->resources[w->resource], w,
			    history_thread(p->h, &p->m->threads[w->thread]));
	}
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

static bool waits_for_room(const struct model *m, const struct model_wait *w)
{
	return m->resources[w->resource].fact.class == CLASS_FULL;
}

/*
 * Who comes into sight only now, in a wait of its own, may lead further: that
 * shows at the next look. Who then is in another one does not wait for long.
 */
static bool is_new_here(const struct pass *p, const struct model_thread *t)
{
	if (p->limits->last || p->limits->hurried || history_thread(p->h, t)->looks >= 2)
		return false;
	p->m->undecided = true;
	return true;
}

/* What can be said of a hold without following the chain. */
static bool hold_is_live(const struct pass *p, const struct model_resource *r,
			 const struct model_hold *hold)
{
	struct verdict_view view = {.limits = p->limits, .h = p->h, .undecided = &p->m->undecided};
	const struct model_thread *t = &p->m->threads[hold->thread];
	bool followed = p->followed[hold->thread];
	const struct model_wait *w;

	if (hold->gone || hold->copied || r->fact.class == CLASS_BACKLOG)
		return false;
	/* Found by propagation, if ever. */
	if (followed && r->fact.class != CLASS_FULL)
		return false;
	w = model_wait_by(p->m, hold->thread);
	if (w && !w->followed && !w->confirmed) {
		if (is_new_here(p, t))
			return true;
		w = NULL;
	}
	/*
	 * A reader that has waited for so long does not drain, whatever it waits
	 * for; but one that has no room itself does as soon as its own reader does.
	 */
	if (r->fact.class == CLASS_FULL && w && (!w->past_threshold || !waits_for_room(p->m, w)))
		return !w->past_threshold;
	return !followed && verdict_holder_is_live(&view, r, t);
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
		bool for_room = waits_for_room(m, model_wait_by(m, thread));

		for (uint32_t i = m->first_held[thread]; i < m->first_held[thread + 1]; i++) {
			struct model_hold *hold = &m->holds[m->held_by[i]];
			struct model_resource *r = &m->resources[hold->resource];

			if (hold->live || hold->gone || hold->copied)
				continue;
			if (is_inherited(r) || (for_room && r->fact.class == CLASS_FULL))
				mark_live(p, r, hold);
		}
	}
}

/*
 * Somebody asks why this process hangs, and shall hear what is known. Nobody asked: two
 * ends of a connection that look after each other wake up now and then.
 */
static uint64_t idle_age_ns(const struct verdict_limits *limits)
{
	return limits->asked || limits->once ? 0 : IDLE_CIRCLE_TIMES * limits->threshold_ns;
}

int verdict_pass(const struct verdict_limits *limits, const struct history *h, struct model *m)
{
	struct pass p = {.limits = limits, .h = h, .m = m};
	int err;

	/* Each thread becomes live at most once. */
	p.todo = arena_array(&m->arena, m->n_threads, sizeof(*p.todo));
	p.followed = arena_array(&m->arena, m->n_threads, sizeof(*p.followed));
	if (!p.todo || !p.followed)
		return -ENOMEM;
	begin(&p);
	judge_waits(&p);
	err = circle_mark(m, idle_age_ns(limits));
	if (err)
		return err;
	judge_holds(&p);
	propagate(&p);
	for (size_t i = 0; i < m->n_waits; i++) {
		struct model_wait *w = &m->waits[i];
		const struct model_resource *r = &m->resources[w->resource];

		if (class_is_idle(r->fact.class) && !w->told_idle && !w->idle_circle)
			continue;
		/* A unit that nobody took is one that was never there: an event, not a lock. */
		if (r->fact.class == CLASS_TOKEN && !r->n_known)
			continue;
		if (w->fact.quality == SINCE_UNKNOWN && w->fact.before && !w->past_threshold)
			m->undecided = true;
		if (r->fact.class == CLASS_PILE && !r->live && !w->confirmed)
			m->undecided = true;
		w->triggers = w->confirmed && w->past_threshold && !r->live &&
			      (!w->told_idle || w->followed);
	}
	return 0;
}
