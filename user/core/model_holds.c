// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>

#include "model.h"

/* A million holds of one kind give the same reason a million times. */
static int copy_reason(struct model *m, const char *why, const char **ret)
{
	int err;

	if (!m->last_copy || strcmp(m->last_copy, why) != 0) {
		err = arena_copy(&m->arena, why, &m->last_copy);
		if (err)
			return err;
	}
	*ret = m->last_copy;
	return 0;
}

/* Who states holds states those of one resource in a row. */
static int intern_held(struct model *m, const char *key, uint32_t *ret)
{
	if (m->n_holds) {
		*ret = m->holds[m->n_holds - 1].resource;
		if (strcmp(m->resources[*ret].fact.key, key) == 0)
			return 0;
	}
	return model_intern_resource(m, key, ret);
}

static int copy_taken(struct model *m, const struct fact_hold *f, const struct model_taken **ret)
{
	struct model_taken *taken;
	int err;

	if (!f->taken_at && !f->taken_module && !f->taken_build_id && !f->taken_offset &&
	    !f->taken_ns && !f->taken_wall_ns)
		return 0;
	taken = arena_alloc(&m->arena, sizeof(*taken));
	err = taken ? arena_copy(&m->arena, f->taken_at, &taken->at) : -ENOMEM;
	if (!err)
		err = arena_copy(&m->arena, f->taken_module, &taken->module);
	if (!err)
		err = arena_copy(&m->arena, f->taken_build_id, &taken->build_id);
	if (err)
		return err;
	taken->offset = f->taken_offset;
	taken->ns = f->taken_ns;
	taken->wall_ns = f->taken_wall_ns;
	*ret = taken;
	return 0;
}

int model_hold(struct model *m, const struct fact_hold *f)
{
	struct model_hold h = {.ref = f->ref,
			       .thread = NONE,
			       .evidence = f->evidence,
			       .gone = f->gone,
			       .copied = f->copied,
			       .reentered = f->reentered};
	int err = m->n_holds < NONE / 4 ? 0 : -ENOMEM;

	if (!err)
		err = intern_held(m, f->resource, &h.resource);
	if (!err)
		err = copy_reason(m, f->why, &h.why);
	if (!err)
		err = copy_taken(m, f, &h.taken);
	if (!err)
		err = array_room(&m->holds, &m->cap_holds, m->n_holds, sizeof(*m->holds));
	if (err)
		return err;
	m->holds[m->n_holds++] = h;
	return 0;
}
