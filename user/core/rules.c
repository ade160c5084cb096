// SPDX-License-Identifier: GPL-2.0
#include "rules.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct model_resource *resource_of(const struct diagnosis *d, uint32_t wait)
{
	return &d->model->resources[d->model->waits[wait].resource];
}

/* The longest trigger of a class, or NONE. */
static uint32_t trigger_of(const struct diagnosis *d, const struct finding *f,
			   enum wait_class class)
{
	for (uint32_t i = 0; i < f->n_triggers; i++) {
		if (resource_of(d, f->triggers[i])->fact.class == class)
			return f->triggers[i];
	}
	return NONE;
}

/* ---- self-deadlock, deadlock ---- */

static bool is_self_deadlock(const struct diagnosis *d, const struct finding *f)
{
	const struct model_wait *w;

	if (f->kind != ROOT_SELF)
		return false;
	w = model_wait_by(d->model, f->roots[0]);
	return d->model->resources[w->resource].fact.class == CLASS_LOCK;
}

static bool is_deadlock(const struct diagnosis *d, const struct finding *f)
{
	(void)d;
	return f->kind == ROOT_CYCLE;
}

static const char *deadlock_title(const struct diagnosis *d, const struct finding *f)
{
	int32_t pid = d->model->threads[f->roots[0]].fact.ref.pid;

	for (uint32_t i = 1; i < f->n_roots; i++) {
		if (d->model->threads[f->roots[i]].fact.ref.pid != pid)
			return "deadlock across processes";
	}
	return "deadlock";
}

/* ---- owner-gone ---- */

static bool is_owner_gone(const struct diagnosis *d, const struct finding *f)
{
	const struct model *m = d->model;
	uint32_t end = finding_end(f);

	if (f->kind != ROOT_GONE)
		return false;
	for (uint32_t i = m->first_held[end]; i < m->first_held[end + 1]; i++) {
		const struct model_resource *r = &m->resources[m->holds[m->held_by[i]].resource];

		if (r->fact.class == CLASS_LOCK && r->n_waits)
			return true;
	}
	return false;
}

/* ---- queue-full, backlog-full ---- */

static bool has_full(const struct diagnosis *d, const struct finding *f)
{
	return trigger_of(d, f, CLASS_FULL) != NONE;
}

static bool has_backlog(const struct diagnosis *d, const struct finding *f)
{
	return trigger_of(d, f, CLASS_BACKLOG) != NONE;
}

static const char *queue_title(const struct diagnosis *d, const struct finding *f)
{
	const struct model_resource *r = resource_of(d, f->lead);
	uint32_t n_gone = 0, n_stopped = 0, n_asleep = 0;

	for (uint32_t i = 0; i < r->n_holds; i++) {
		const struct model_hold *hold = model_hold_at(d->model, r, i);
		const struct model_thread *t;

		if (hold->thread == NONE)
			continue;
		t = &d->model->threads[hold->thread];
		n_gone += hold->gone || verdict_is_gone(t);
		n_stopped += t->fact.activity == ACT_STOPPED;
		n_asleep += t->fact.activity == ACT_SLEEPING;
	}
	if (!r->n_known)
		return "queue full, and nobody is known to read it";
	if (n_gone == r->n_known)
		return "queue full behind a dead reader";
	if (n_stopped == r->n_known)
		return "queue full behind a stopped reader";
	if (n_asleep == r->n_known)
		return "queue full behind a sleeping reader";
	return "queue full behind a blocked reader";
}

static const char *backlog_title(const struct diagnosis *d, const struct finding *f)
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

/* ---- unknown-holder, slow-holder ---- */

static bool is_unknown(const struct diagnosis *d, const struct finding *f)
{
	(void)d;
	return f->kind == ROOT_UNKNOWN;
}

static bool is_anything(const struct diagnosis *d, const struct finding *f)
{
	(void)d;
	(void)f;
	return true;
}

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
};

static const char *holder_title(const struct diagnosis *d, const struct finding *f)
{
	uint32_t end = finding_end(f);
	const struct model_thread *t = end == NONE ? NULL : &d->model->threads[end];
	enum motion motion = t ? verdict_motion(d->limits, d->history, t) : MOTION_UNKNOWN;

	if (!t)
		return "lock held by a thread that waits";
	if (verdict_is_gone(t))
		return holder_titles[ACT_GONE];
	if (verdict_changed_hands(d->history, resource_of(d, f->lead)))
		return "lock that changes hands, but not to those who wait";
	if (motion == MOTION_POLLS && t->fact.activity != ACT_STOPPED)
		return "lock held by a polling thread";
	return holder_titles[t->fact.activity];
}

const struct rule rules[] = {
	{
		.name = "self-deadlock",
		.title = "thread waits for a lock that it holds itself",
		.advice = "The thread took the lock twice, often through a callback or a signal "
			  "handler: its stack shows both places. Restart the process; in the code, "
			  "release the lock before calling out.",
		.match = is_self_deadlock,
	},
	{
		.name = "deadlock",
		.title = "deadlock",
		.advice = "None of these threads can go on by itself: restart the process. In the "
			  "code, take these locks in the same order everywhere; the stacks show "
			  "where it is broken.",
		.match = is_deadlock,
		.title_of = deadlock_title,
	},
	{
		.name = "owner-gone",
		.title = "lock held by a thread that does not exist any more",
		.advice = "Nobody will ever release this lock: restart the processes that use it. "
			  "In the code, find how its owner could end while holding it, or make the "
			  "lock robust.",
		.match = is_owner_gone,
	},
	{
		.name = "queue-full",
		.title = "queue full",
		.advice = "Get the root blocker going (or restart it): the queue then drains by "
			  "itself. In the code, do not let the reader of a queue wait without a "
			  "time limit.",
		.lead = CLASS_FULL,
		.match = has_full,
		.title_of = queue_title,
	},
	{
		.name = "backlog-full",
		.title = "connections that are not accepted",
		.advice = "Get the listener going (or restart it). In the code, connect without "
			  "blocking or with a time limit.",
		.lead = CLASS_BACKLOG,
		.match = has_backlog,
		.title_of = backlog_title,
	},
	{
		.name = "unknown-holder",
		.title = "wait for a lock whose holder is not known",
		.advice = "This kind of lock does not record who holds it: look in the stacks for "
			  "who could have it.",
		.match = is_unknown,
	},
	{
		.name = "slow-holder",
		.title = "lock held for long",
		.advice = "See in its stack what the root blocker does while others wait for it. "
			  "In the code, do not sleep, wait or do I/O while holding the lock.",
		.match = is_anything,
		.title_of = holder_title,
	},
};

const size_t n_rules = COUNT(rules);

void rules_apply(const struct diagnosis *d, struct finding *f)
{
	size_t i = 0;

	while (!rules[i].match(d, f))
		i++;
	f->rule = &rules[i];
	f->lead = rules[i].lead ? trigger_of(d, f, rules[i].lead) : f->triggers[0];
}

const char *rules_title(const struct diagnosis *d, const struct finding *f)
{
	return f->rule->title_of ? f->rule->title_of(d, f) : f->rule->title;
}
