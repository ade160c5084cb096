// SPDX-License-Identifier: GPL-2.0
#include "heading.h"

#include "rules.h"
#include "text.h"

struct count {
	const struct diagnosis *d;
	int32_t pid;
	uint32_t stuck;
	uint32_t parked; /* of these: perhaps counted as parked since they were made, too */
	bool moves;	 /* one of them may */
};

static bool is_parked(const struct model_resource *r)
{
	return class_is_idle(r->fact.class) || r->fact.class == CLASS_PILE;
}

/* Who is the root, and waits for nothing: does it stand still all the same? */
static bool stands_still(const struct count *c, const struct model_thread *t)
{
	if (verdict_is_gone(t) || t->fact.activity == ACT_STOPPED)
		return true;
	return t->fact.activity != ACT_RUNNING && t->fact.activity != ACT_UNKNOWN &&
	       !c->d->limits->hurried &&
	       verdict_motion(c->d->limits, c->d->history, t) == MOTION_NONE;
}

static void count(struct count *c, uint32_t thread)
{
	const struct model *m = c->d->model;
	const struct model_thread *t = &m->threads[thread];
	const struct model_wait *w = model_wait_by(m, thread);

	if (t->fact.ref.pid != c->pid || !t->fact.ref.tid || verdict_is_gone(t))
		return;
	c->stuck++;
	if (w && (w->followed || w->confirmed)) { /* a parked root may not be followed */
		c->parked += is_parked(&m->resources[w->resource]);
		c->moves |= !w->confirmed;
		return;
	}
	c->parked += t->fact.activity == ACT_LOCK_WAIT;
	c->moves |= !stands_still(c, t);
}

static int write(const struct model_process *p, uint32_t stuck, uint32_t unused, struct arena *a,
		 const char **ret)
{
	struct text t = {.arena = a};

	text_add(&t, "the whole process ", NULL);
	text_number(&t, (uint32_t)p->fact.pid);
	text_add(&t, p->fact.comm ? " " : "", p->fact.comm ? p->fact.comm : "",
		 " has made no progress: ", stuck == 2 ? "both" : "all ", NULL);
	if (stuck > 2)
		text_number(&t, stuck);
	text_add(&t, " of its threads", unused ? " that ever ran" : "", " are stuck here", NULL);
	if (unused) {
		text_add(&t, ", ", NULL);
		text_number(&t, unused);
		text_add(&t, unused == 1 ? " has" : " have", " been idle from the start", NULL);
	}
	return text_done(&t, ret);
}

int heading_of(const struct diagnosis *d, const struct finding *f, struct arena *a,
	       const char **ret)
{
	const struct model *m = d->model;
	const struct model_wait *lead = &m->waits[f->lead];
	struct count c = {.d = d, .pid = m->threads[lead->thread].fact.ref.pid};
	const struct model_process *p = model_find_process(m, c.pid);
	uint32_t unused;

	*ret = NULL;
	if (!p || rules_severity(f->rule) != SEVERITY_STALL ||
	    m->resources[lead->resource].fact.class == CLASS_PARK)
		return 0;
	for (uint32_t i = 0; i < f->n_roots; i++) {
		const struct model_wait *w = model_wait_by(m, f->roots[i]);

		if (!w || !w->followed) /* who is in a circle is a member, too */
			count(&c, f->roots[i]);
	}
	for (uint32_t i = 0; i < f->n_members; i++)
		count(&c, f->members[i]);
	unused = p->fact.unused > c.parked ? p->fact.unused - c.parked : 0;
	if (c.moves || c.stuck < 2 || c.stuck > p->fact.threads ||
	    c.stuck + unused < p->fact.threads)
		return 0;
	return write(p, c.stuck, p->fact.threads - c.stuck, a, ret);
}
