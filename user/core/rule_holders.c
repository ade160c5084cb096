// SPDX-License-Identifier: GPL-2.0
#include "rule_holders.h"

/* A tick of the scheduler's clock may be a second away on a processor that is left alone. */
#define STARVED_NS UINT64_C(1500000000)

/* A lock that changes hands often is seen free now and then, but not with the same sleepers. */
#define FREE_LOOKS 2

static const struct model_thread *end_of(const struct diagnosis *d, const struct finding *f)
{
	return f->kind == ROOT_THREAD ? &d->model->threads[f->roots[0]] : NULL;
}

const struct model_resource *last_resource(const struct diagnosis *d, const struct finding *f)
{
	const struct model *m = d->model;
	uint32_t end = finding_end(f);

	for (uint32_t i = end == NONE ? 0 : m->first_held[end];
	     end != NONE && i < m->first_held[end + 1]; i++) {
		const struct model_resource *r = &m->resources[m->holds[m->held_by[i]].resource];

		if (r->n_waits && !r->live)
			return r;
	}
	return NULL;
}

bool is_polling_holder(const struct diagnosis *d, const struct finding *f)
{
	const struct model_thread *t = end_of(d, f);
	const struct model_resource *last = last_resource(d, f);
	struct polling polling;

	return t && last && last->fact.class == CLASS_LOCK && t->fact.activity != ACT_STOPPED &&
	       !verdict_changed_hands(d->history, last) &&
	       verdict_motion(d->limits, d->history, t) == MOTION_POLLS &&
	       polling_of(&history_thread(d->history, t)->polling, &polling);
}

const struct model_wait *own_wait(const struct diagnosis *d, uint32_t thread)
{
	enum activity activity = d->model->threads[thread].fact.activity;

	return activity == ACT_LOCK_WAIT || activity == ACT_IO ? model_wait_by(d->model, thread)
							       : NULL;
}

void own_wait_words(struct text *t, const struct diagnosis *d, uint32_t thread, const char *before,
		    const char *after)
{
	const struct model_wait *w = own_wait(d, thread);
	const struct fact_resource *r = &d->model->resources[w->resource].fact;

	text_add(t, w->fact.verb, " ", r->name, NULL);
	if (r->detail)
		text_add(t, before, r->detail, after, NULL);
}

static int polling_doing(const struct diagnosis *d, uint32_t thread, struct arena *a,
			 const char **doing)
{
	const struct model_thread *t = &d->model->threads[thread];
	struct text text = {.arena = a};
	struct polling polling;

	if (!polling_of(&history_thread(d->history, t)->polling, &polling))
		return 0;
	polling_words(&polling, &text);
	text_add(&text, ": ", NULL);
	if (own_wait(d, thread))
		own_wait_words(&text, d, thread, ": ", "");
	else
		text_add(&text, t->fact.doing, NULL);
	return text_done(&text, doing);
}

/* It has not run at all since then. */
static bool is_waiting_to_run(const struct diagnosis *d, const struct model_thread *t)
{
	return t->fact.ran_ns && d->history->now_ns > t->fact.ran_ns + STARVED_NS;
}

bool is_starved_holder(const struct diagnosis *d, const struct finding *f)
{
	const struct model_thread *t = end_of(d, f);
	const struct model_resource *last = last_resource(d, f);
	struct starving starving;

	if (!t || !last || !class_is_lock(last->fact.class) || t->fact.activity != ACT_RUNNING)
		return false;
	return is_waiting_to_run(d, t) ||
	       starving_of(&history_thread(d->history, t)->starving, &starving);
}

bool starved_words(struct text *text, const struct diagnosis *d, const struct finding *f)
{
	const struct model_thread *t = end_of(d, f);
	struct starving starving;

	/* if it has not run at all, its state has said so */
	if (!is_starved_holder(d, f) || is_waiting_to_run(d, t) ||
	    !starving_of(&history_thread(d->history, t)->starving, &starving))
		return false;
	starving_words(&starving, text);
	return true;
}

int root_doing(const struct diagnosis *d, const struct finding *f, uint32_t thread, struct arena *a,
	       const char **doing)
{
	struct text text = {.arena = a};

	if (is_polling_holder(d, f) && thread == f->roots[0])
		return polling_doing(d, thread, a, doing);
	if (f->n_roots && thread == f->roots[0] && starved_words(&text, d, f))
		return text_done(&text, doing);
	if (!own_wait(d, thread))
		return 0;
	own_wait_words(&text, d, thread, ": ", "");
	return text_done(&text, doing);
}

bool is_convoy(const struct diagnosis *d, const struct finding *f)
{
	const struct model_resource *r = &d->model->resources[d->model->waits[f->lead].resource];
	const struct resource_past *past = history_resource(d->history, r);

	if (f->kind != ROOT_THREAD && f->kind != ROOT_UNKNOWN)
		return false;
	return r->fact.class == CLASS_LOCK && r->n_waits >= CONVOY_WAITERS &&
	       past->changes >= CONVOY_CHANGES && past->changes * CONVOY_SHARE >= past->looks &&
	       verdict_changed_hands(d->history, r);
}

bool is_lost_wakeup(const struct diagnosis *d, const struct finding *f)
{
	const struct model_resource *r;

	if (f->kind != ROOT_UNKNOWN)
		return false;
	r = &d->model->resources[f->unknown];
	return model_is_free(r) && history_resource(d->history, r)->free_looks >= FREE_LOOKS;
}
