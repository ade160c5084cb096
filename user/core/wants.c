// SPDX-License-Identifier: GPL-2.0
#include <errno.h>

#include "wants.h"

/* Waiters of one resource whose stacks are asked for: the rest rarely differ. */
#define MAX_STACKS 64

struct wanting {
	const struct diagnosis *d;
	struct wants *wants;
	bool *wanted; /* by thread */
};

static int want(struct wanting *w, uint32_t thread)
{
	struct thread_ref ref = model_stack_ref(w->d->model, thread);
	struct wants *wants = w->wants;
	int err;

	if (!ref.tid || w->wanted[thread] || verdict_is_gone(&w->d->model->threads[thread]))
		return 0;
	err = array_room(&wants->refs, &wants->cap, wants->n, sizeof(*wants->refs));
	if (!err)
		wants->refs[wants->n++] = ref;
	w->wanted[thread] = true;
	return err;
}

static int want_cast(struct wanting *w, const struct cast *cast)
{
	uint32_t *waiters = w->d->resource_slots; /* NONE + 1 is 0: a count */
	int err = 0;

	for (size_t i = 0; i < cast->n_threads && !err; i++) {
		const struct cast_thread *c = &cast->threads[i];

		if (w->wanted[c->thread] ||
		    (c->role == ROLE_WAITING && ++waiters[c->resource] >= MAX_STACKS))
			continue;
		err = want(w, c->thread);
	}
	for (size_t i = 0; i < cast->n_resources; i++)
		waiters[cast->resources[i]] = NONE;
	return err;
}

/* Nothing but a number will be told of it, whatever its stacks are. */
static bool is_in_vain(struct stalls *s, const struct diagnosis *d, const struct telling *t)
{
	return (t->event == EVENT_OPENED || t->event == EVENT_REOPENED) &&
	       !limits_have_room(&s->limits, "", d->history->now_ns);
}

int wants_find(struct diagnosis *d, struct stalls *s, struct wants *ret)
{
	struct wanting w = {.d = d, .wants = ret};
	int err = 0;

	w.wanted = arena_array(&d->model->arena, d->model->n_threads, sizeof(*w.wanted));
	if (!w.wanted)
		return -ENOMEM;
	for (size_t i = 0; i < s->n_tellings && !err; i++) {
		const struct telling *t = &s->tellings[i];

		if (!t->finding || is_in_vain(s, d, t))
			continue;
		err = want_cast(&w, &t->cast);
		if (!err) /* the signature is made of it */
			err = want(&w, d->model->waits[t->finding->lead].thread);
	}
	return err;
}
