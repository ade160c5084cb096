// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "rule_holders.h"
#include "rule_titles.h"
#include "rules.h"
#include "verdict.h"

static const struct model_resource *lead_of(const struct diagnosis *d, const struct finding *f)
{
	return &d->model->resources[d->model->waits[f->lead].resource];
}

/* ---- Circles ---- */

/* Is a wait for a resource of this kind part of the circle? */
static uint32_t circle_has(const struct diagnosis *d, const struct finding *f, const char *kind)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < f->n_roots; i++) {
		const struct model_wait *w = model_wait_by(d->model, f->roots[i]);

		n += w && !strcmp(d->model->resources[w->resource].fact.kind, kind);
	}
	return n;
}

const char *title_of_deadlock(const struct diagnosis *d, const struct finding *f)
{
	int32_t pid = d->model->threads[f->roots[0]].fact.ref.pid;

	for (uint32_t i = 1; i < f->n_roots; i++) {
		if (d->model->threads[f->roots[i]].fact.ref.pid != pid)
			return "deadlock across processes";
	}
	if (circle_has(d, f, "thread") == f->n_roots)
		return "deadlock: threads wait for each other to end";
	if (circle_has(d, f, "thread"))
		return "deadlock: joins a thread that needs what the joiner holds";
	return "deadlock";
}

/* ---- What those who could end the waits on one resource do, if all do the same ---- */

enum state { UNKNOWN, GONE, STOPPED, ASLEEP, IDLE, OTHER };

static enum state state_of(const struct model_hold *hold, const struct model_thread *t)
{
	if (hold->gone || verdict_is_gone(t))
		return GONE;
	switch (t->fact.activity) {
	case ACT_STOPPED:
		return STOPPED;
	case ACT_SLEEPING:
		return ASLEEP;
	case ACT_EVENT_WAIT:
	case ACT_USER_WAIT:
		return IDLE;
	default:
		return OTHER;
	}
}

static enum state holders_state(const struct diagnosis *d, const struct model_resource *r)
{
	enum state all = UNKNOWN;

	for (uint32_t i = 0; i < r->n_holds; i++) {
		const struct model_hold *hold = model_hold_at(d->model, r, i);
		enum state one;

		if (hold->thread == NONE)
			continue;
		one = state_of(hold, &d->model->threads[hold->thread]);
		all = all == UNKNOWN || all == one ? one : OTHER;
	}
	return all;
}

#define BY_STATE(what, nobody, who)                                                                \
	{                                                                                          \
		[UNKNOWN] = what nobody, [GONE] = what " behind a dead " who,                      \
		[STOPPED] = what " behind a stopped " who,                                         \
		[ASLEEP] = what " behind a sleeping " who, [IDLE] = what " behind an idle " who,   \
		[OTHER] = what " behind a blocked " who,                                           \
	}

const char *title_of_queue(const struct diagnosis *d, const struct finding *f)
{
	static const char *const titles[] = BY_STATE("queue full",
						     ", and nobody is known to read it", "reader");

	return titles[holders_state(d, lead_of(d, f))];
}

const char *title_of_pipe(const struct diagnosis *d, const struct finding *f)
{
	static const char *const titles[] = BY_STATE("pipe full",
						     ", and nobody is known to read it", "reader");

	return titles[holders_state(d, lead_of(d, f))];
}

const char *title_of_socket(const struct diagnosis *d, const struct finding *f)
{
	static const char *const titles[] = BY_STATE("socket full",
						     ", and nobody is known to read it", "reader");

	return titles[holders_state(d, lead_of(d, f))];
}

const char *title_of_semaphore(const struct diagnosis *d, const struct finding *f)
{
	static const char *const titles[] =
		BY_STATE("semaphore exhausted", ", and nobody is known to have taken it", "taker");

	return titles[holders_state(d, lead_of(d, f))];
}

const char *title_of_file_lock(const struct diagnosis *d, const struct finding *f)
{
	static const char *const titles[] = {
		[UNKNOWN] = "wait for a file lock whose holder is not known",
		[GONE] = "file lock held by a process that does not exist any more",
		[STOPPED] = "file lock held by a stopped process",
		[ASLEEP] = "file lock held by a sleeping process",
		[IDLE] = "file lock held by an idle process",
		[OTHER] = "file lock held for long",
	};

	return titles[holders_state(d, lead_of(d, f))];
}

const char *title_of_kernel_lock(const struct diagnosis *d, const struct finding *f)
{
	return holders_state(d, lead_of(d, f)) == UNKNOWN
		       ? "wait for a lock inside the kernel, whose holder is not known"
		       : "lock inside the kernel held for long";
}

const char *title_of_backlog(const struct diagnosis *d, const struct finding *f)
{
	uint32_t end = finding_end(f);

	if (end == NONE)
		return "connections that nobody accepts";
	if (f->kind == ROOT_GONE)
		return "connections to a dead listener";
	if (d->model->threads[end].fact.activity == ACT_STOPPED)
		return "connections to a stopped listener";
	return "connections that are not accepted";
}

/* ---- The rest ---- */

static const char *const holder_titles[_ACT_MAX] = {
	[ACT_UNKNOWN] = "lock held by a thread that does not let go",
	[ACT_RUNNING] = "lock held by a running thread",
	[ACT_LOCK_WAIT] = "lock held by a parked thread",
	[ACT_SLEEPING] = "lock held by a sleeping thread",
	[ACT_EVENT_WAIT] = "lock held by an idle thread",
	[ACT_IO] = "lock held by a thread in I/O",
	[ACT_STOPPED] = "lock held by a stopped thread",
	[ACT_ZOMBIE] = "wait for a thread that has exited",
	[ACT_GONE] = "wait for a thread that does not exist any more",
	[ACT_USER_WAIT] = "lock held by a thread that waits for somebody at a terminal",
};

const char *title_of_holder(const struct diagnosis *d, const struct finding *f)
{
	uint32_t end = finding_end(f);
	const struct model_thread *t = end == NONE ? NULL : &d->model->threads[end];
	enum motion motion = t ? verdict_motion(d->limits, d->history, t) : MOTION_UNKNOWN;
	const struct model_resource *last = last_resource(d, f);

	if (!t)
		return "lock held by a thread that waits";
	if (verdict_is_gone(t))
		return holder_titles[ACT_GONE];
	if (last && last->fact.class == CLASS_EMPTY)
		return "lock held by a thread that waits for another process";
	if (verdict_changed_hands(d->history, lead_of(d, f)))
		return "lock that changes hands, but not to those who wait";
	if (motion == MOTION_POLLS && t->fact.activity != ACT_STOPPED)
		return "lock held by a polling thread";
	return holder_titles[t->fact.activity];
}

/* Whoever is parked may be idle, and who queues gets the lock in the end. */
const char *predicate_of(const struct diagnosis *d, const struct finding *f, bool many)
{
	if (is_convoy(d, f))
		return " wait for long, and each gets it in the end: ";
	if (f->rule->lead == CLASS_PILE)
		return many ? " are parked at one place: " : " is parked: ";
	if (!d->model->waits[f->lead].told_idle || f->kind == ROOT_CYCLE)
		return NULL;
	if (d->model->waits[f->lead].abnormal)
		return many ? " have been parked for longer than ever: "
			    : " has been parked for longer than ever: ";
	return many ? " are parked: " : " is parked: ";
}
