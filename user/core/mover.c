// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>

#include "mover.h"
#include "text.h"

struct comparison {
	const struct model *m;
	const struct report *told;
	size_t n_waiting; /* threads that were told to wait */
	size_t n_still;	  /* of these: still do */
	size_t n_movers;  /* others depended on them, and they went on */
	size_t first;	  /* the first of these */
	size_t let_go;	  /* index of the resource that it let go of, or REPORT_NONE */
	bool is_inferred; /* as one of the two holders was */
	bool *compared;	  /* by resource */
};

/* Of a crowd that holds a lock for reading nobody asks who of them moved first. */
#define MAX_HOLDERS 64

/* The resource that a told waiter waits for now if it is the same, or NULL. */
static const struct model_resource *still_waits_for(const struct comparison *c, size_t thread)
{
	const struct report_thread *t = &c->told->threads[thread];
	uint32_t i = model_find_thread(c->m, &t->fact.ref);
	const struct model_wait *w = i == NONE ? NULL : model_wait_by(c->m, i);
	const struct model_resource *r = w ? &c->m->resources[w->resource] : NULL;

	return r && !strcmp(r->fact.key, c->told->resources[t->resource].fact.key) ? r : NULL;
}

static void add_mover(struct comparison *c, size_t thread, size_t let_go, bool is_inferred)
{
	if (c->n_movers && c->first == thread)
		return;
	if (!c->n_movers++) {
		c->first = thread;
		c->let_go = let_go;
		c->is_inferred = is_inferred;
	}
}

/* Somebody still waits for it: who does not hold it any more has let go of it. */
static void compare_holders(struct comparison *c, size_t resource, const struct model_resource *now)
{
	const struct report_resource *r = &c->told->resources[resource];
	bool inferred = false;

	if (c->compared[resource] || !class_is_lock(r->fact.class) || !now->n_known ||
	    r->n_holders > MAX_HOLDERS || now->n_holds > MAX_HOLDERS)
		return;
	c->compared[resource] = true;
	for (uint32_t i = 0; i < now->n_holds; i++)
		inferred |= model_hold_at(c->m, now, i)->evidence != EVIDENCE_EXACT;
	for (size_t i = 0; i < r->n_holders; i++) {
		const struct report_holder *h = &r->holders[i];
		bool holds = h->thread == REPORT_NONE;

		for (uint32_t j = 0; j < now->n_holds && !holds; j++) {
			uint32_t thread = model_hold_at(c->m, now, j)->thread;

			holds = thread != NONE &&
				ref_same(&c->m->threads[thread].fact.ref, &h->fact.ref);
		}
		if (!holds)
			add_mover(c, h->thread, resource,
				  inferred || h->fact.evidence != EVIDENCE_EXACT);
	}
}

static void compare(struct comparison *c)
{
	for (size_t i = 0; i < c->told->n_threads; i++) {
		const struct report_thread *t = &c->told->threads[i];
		const struct model_resource *now;

		if (t->resource == REPORT_NONE)
			continue;
		c->n_waiting++;
		now = still_waits_for(c, i);
		if (now) {
			c->n_still++;
			compare_holders(c, t->resource, now);
		} else if (t->role == ROLE_CYCLE || t->role == ROLE_HOLDER) {
			add_mover(c, i, REPORT_NONE, false);
		}
	}
}

/* The one root that all of them waited behind, or REPORT_NONE. */
static size_t only_root(const struct report *r)
{
	size_t root = REPORT_NONE;

	for (size_t i = 0; i < r->n_threads; i++) {
		if (r->threads[i].role == ROLE_CYCLE)
			return REPORT_NONE;
		if (r->threads[i].role != ROLE_ROOT)
			continue;
		if (root != REPORT_NONE)
			return REPORT_NONE;
		root = i;
	}
	return root;
}

static int decide(const struct comparison *c, struct arena *a, struct mover *mover)
{
	struct text how = {.arena = a};

	*mover = (struct mover){.decided = true, .thread = REPORT_NONE};
	if (!c->n_still) {
		mover->thread = only_root(c->told);
		mover->evidence = EVIDENCE_INFERRED;
		mover->how = "all who waited for it went on, or ended, between two looks";
		return 0;
	}
	if (c->n_movers != 1)
		return 0;
	mover->thread = c->first;
	mover->evidence = c->is_inferred ? EVIDENCE_INFERRED : EVIDENCE_EXACT;
	if (c->let_go == REPORT_NONE)
		text_add(&how, "does not wait for ",
			 c->told->resources[c->told->threads[c->first].resource].fact.name,
			 " any more", NULL);
	else
		text_add(&how, "let go of ", c->told->resources[c->let_go].fact.name, NULL);
	return text_done(&how, &mover->how);
}

int mover_look(const struct diagnosis *d, const struct report *told, struct arena *a,
	       struct mover *mover)
{
	struct comparison c = {.m = d->model, .told = told, .first = REPORT_NONE};

	c.compared = arena_array(&d->model->arena, told->n_resources, sizeof(*c.compared));
	if (!c.compared)
		return -ENOMEM;
	compare(&c);
	if (!c.n_movers && c.n_still) {
		mover->decided = false;
		return 0;
	}
	return mover->decided ? 0 : decide(&c, a, mover);
}
