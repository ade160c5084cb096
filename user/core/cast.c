// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>

#include "cast.h"

/*
 * Holders that belong to another finding, or to none, are shown; what they
 * wait for in turn is shown up to here, so that a thousand findings that hang
 * together do not each repeat them all.
 */
#define MAX_GUESTS 256

/* A chain leads to it from somebody who is stuck, and not just from a guest. */
struct cast_resource {
	uint32_t resource;
	bool blames;
};

struct casting {
	struct diagnosis *d;
	const struct finding *f;
	struct cast_thread *threads;
	struct cast_resource *resources;
	size_t n_threads, cap_threads, n_resources, cap_resources;
	size_t n_guests;
};

/* For sorting: the ref goes along. */
struct item {
	struct thread_ref ref;
	struct cast_thread cast;
};

static int compare(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	static const int rank[_ROLE_MAX] = {
		[ROLE_CYCLE] = 1, [ROLE_ROOT] = 2, [ROLE_HOLDER] = 3, [ROLE_WAITING] = 4};

	if (x->cast.role != y->cast.role)
		return rank[x->cast.role] - rank[y->cast.role];
	return ref_compare(&x->ref, &y->ref);
}

static int add_resource(struct casting *c, uint32_t resource, bool blames)
{
	int err;

	if (resource == NONE || c->d->resource_slots[resource] != NONE)
		return 0;
	err = array_room(&c->resources, &c->cap_resources, c->n_resources, sizeof(*c->resources));
	if (err)
		return err;
	c->d->resource_slots[resource] = (uint32_t)c->n_resources;
	c->resources[c->n_resources++] = (struct cast_resource){.resource = resource,
								.blames = blames};
	return 0;
}

static int add_thread(struct casting *c, uint32_t thread, enum role role, uint32_t resource,
		      bool blames)
{
	int err;

	if (c->d->thread_slots[thread] != NONE)
		return 0;
	err = array_room(&c->threads, &c->cap_threads, c->n_threads, sizeof(*c->threads));
	if (!err)
		err = add_resource(c, resource, blames);
	if (err)
		return err;
	c->d->thread_slots[thread] = (uint32_t)c->n_threads;
	c->threads[c->n_threads++] =
		(struct cast_thread){.thread = thread, .role = role, .resource = resource};
	return 0;
}

/* What a thread is shown to wait for: a root that is parked does wait. */
static uint32_t shown_wait(const struct diagnosis *d, uint32_t thread)
{
	const struct model_wait *w = model_wait_by(d->model, thread);

	return w && (w->followed || w->confirmed) ? w->resource : NONE;
}

/* Does somebody in this report wait for it? Every resource of it has a waiter. */
static bool is_waited_for(const struct diagnosis *d, uint32_t thread)
{
	const struct model *m = d->model;

	for (uint32_t i = m->first_held[thread]; i < m->first_held[thread + 1]; i++) {
		if (d->resource_slots[m->holds[m->held_by[i]].resource] != NONE)
			return true;
	}
	return false;
}

static bool is_circle(const struct finding *f)
{
	return f->kind == ROOT_CYCLE || f->kind == ROOT_SELF;
}

static int add_holder(struct casting *c, const struct model_resource *r,
		      const struct model_hold *hold, bool blames)
{
	uint32_t resource;
	bool is_root;

	if (c->d->thread_slots[hold->thread] != NONE)
		return 0;
	resource = shown_wait(c->d, hold->thread);
	/* In a circle nobody outside is to blame, and nowhere who goes on by himself. */
	blames = blames && !hold->live && !r->live && !hold->copied && !is_circle(c->f);
	is_root = blames && resource == NONE;
	if (resource != NONE && ++c->n_guests > MAX_GUESTS)
		resource = NONE;
	return add_thread(c, hold->thread, is_root ? ROLE_ROOT : ROLE_HOLDER, resource, blames);
}

static int gather(struct casting *c)
{
	const struct finding *f = c->f;
	const struct model *m = c->d->model;
	enum role role = is_circle(f) ? ROLE_CYCLE : ROLE_ROOT;
	int err = 0;

	for (uint32_t i = 0; i < f->n_roots && !err; i++)
		err = add_thread(c, f->roots[i], role, shown_wait(c->d, f->roots[i]), true);
	for (uint32_t i = 0; i < f->n_members && !err; i++)
		err = add_thread(c, f->members[i], ROLE_WAITING, shown_wait(c->d, f->members[i]),
				 true);
	for (size_t i = 0; i < c->n_resources && !err; i++) {
		const struct model_resource *r = &m->resources[c->resources[i].resource];
		bool blames = c->resources[i].blames;

		for (uint32_t j = 0; j < r->n_holds && !err; j++) {
			const struct model_hold *hold = model_hold_at(m, r, j);

			if (hold->thread != NONE)
				err = add_holder(c, r, hold, blames);
		}
	}
	for (size_t i = 0; i < c->n_threads; i++) {
		if (c->threads[i].role == ROLE_WAITING && is_waited_for(c->d, c->threads[i].thread))
			c->threads[i].role = ROLE_HOLDER;
	}
	return err;
}

static void clear_slots(struct casting *c)
{
	for (size_t i = 0; i < c->n_threads; i++)
		c->d->thread_slots[c->threads[i].thread] = NONE;
	for (size_t i = 0; i < c->n_resources; i++)
		c->d->resource_slots[c->resources[i].resource] = NONE;
}

static int put_in_order(const struct casting *c, struct arena *a, struct cast *ret)
{
	struct item *items = malloc((c->n_threads + 1) * sizeof(*items));
	struct cast cast = {.n_threads = c->n_threads};

	cast.threads = arena_array(a, c->n_threads, sizeof(*cast.threads));
	cast.resources = arena_array(a, c->n_resources, sizeof(*cast.resources));
	if (!items || !cast.threads || !cast.resources) {
		free(items);
		return -ENOMEM;
	}
	for (size_t i = 0; i < c->n_threads; i++) {
		items[i].cast = c->threads[i];
		items[i].ref = c->d->model->threads[c->threads[i].thread].fact.ref;
	}
	qsort(items, c->n_threads, sizeof(*items), compare);
	for (size_t i = 0; i < c->n_threads; i++) {
		uint32_t resource = items[i].cast.resource;

		cast.threads[i] = items[i].cast;
		if (resource == NONE || c->d->resource_slots[resource] != NONE)
			continue;
		c->d->resource_slots[resource] = (uint32_t)cast.n_resources;
		cast.resources[cast.n_resources++] = resource;
	}
	free(items);
	*ret = cast;
	return 0;
}

int cast_of(struct diagnosis *d, const struct finding *f, struct arena *a, struct cast *ret)
{
	struct casting c = {.d = d, .f = f};
	int err = gather(&c);

	clear_slots(&c);
	if (!err)
		err = put_in_order(&c, a, ret);
	clear_slots(&c);
	free(c.threads);
	free(c.resources);
	return err;
}
