// SPDX-License-Identifier: GPL-2.0
#include "rule_circles.h"

bool is_self_deadlock(const struct diagnosis *d, const struct finding *f)
{
	const struct model_wait *w;

	if (f->kind != ROOT_SELF)
		return false;
	w = model_wait_by(d->model, f->roots[0]);
	return class_is_lock(d->model->resources[w->resource].fact.class);
}

/* How the thread that waits for itself came to that, if its stack tells. */
static enum reentry_sort reentered(const struct diagnosis *d, const struct finding *f)
{
	const struct model_resource *r;

	if (!is_self_deadlock(d, f))
		return REENTRY_NONE;
	r = &d->model->resources[model_wait_by(d->model, f->roots[0])->resource];
	for (uint32_t i = 0; i < r->n_holds; i++) {
		const struct model_hold *hold = model_hold_at(d->model, r, i);

		if (hold->thread == f->roots[0])
			return hold->reentered;
	}
	return REENTRY_NONE;
}

bool is_reentered_in_signal(const struct diagnosis *d, const struct finding *f)
{
	return reentered(d, f) == REENTRY_SIGNAL;
}

bool is_reentered_callback(const struct diagnosis *d, const struct finding *f)
{
	return reentered(d, f) == REENTRY_CALLBACK;
}

bool is_deadlock(const struct diagnosis *d, const struct finding *f)
{
	(void)d;
	return f->kind == ROOT_CYCLE;
}

bool is_copied(const struct diagnosis *d, const struct finding *f)
{
	const struct model_resource *r;

	if (f->kind != ROOT_UNKNOWN)
		return false;
	r = &d->model->resources[f->unknown];
	for (uint32_t i = 0; i < r->n_holds; i++) {
		if (model_hold_at(d->model, r, i)->copied)
			return true;
	}
	return false;
}
