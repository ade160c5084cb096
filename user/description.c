// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "description.h"

/* A listening socket may be in many processes; a report with more has lost its reader. */
#define HOLDS_MAX 64

struct description *description_new(const char *key)
{
	struct description *d = calloc(1, sizeof(*d));

	if (d)
		snprintf(d->key, sizeof(d->key), "%s", key);
	return d;
}

void description_clear_holds(struct description *d)
{
	for (size_t i = 0; i < d->n_holds; i++) {
		free((char *)d->holds[i].hold.why);
		free((char *)d->holds[i].hold.taken_at);
		free((char *)d->holds[i].hold.taken_module);
		free((char *)d->holds[i].hold.taken_build_id);
	}
	free(d->holds);
	d->holds = NULL;
	d->n_holds = 0;
}

void description_clear(struct description *d)
{
	if (d->resource.type) {
		free((char *)d->resource.resource.kind);
		free((char *)d->resource.resource.name);
		free((char *)d->resource.resource.detail);
	}
	description_clear_holds(d);
	d->resource.type = 0;
}

void description_free(struct description *d)
{
	if (!d)
		return;
	description_clear(d);
	free(d);
}

/* NULL stays NULL. Sets *failed if there is no memory. */
static const char *copy(const char *text, bool *failed)
{
	char *c = text ? strdup(text) : NULL;

	if (text && !c)
		*failed = true;
	return c;
}

static int take_resource(struct description *d, const struct fact_resource *r)
{
	bool failed = false;

	if (d->resource.type)
		return -EPROTO;
	d->resource.type = FACT_RESOURCE;
	d->resource.resource = *r;
	d->resource.resource.key = d->key;
	d->resource.resource.kind = copy(r->kind, &failed);
	d->resource.resource.name = copy(r->name, &failed);
	d->resource.resource.detail = copy(r->detail, &failed);
	d->resource.resource.state = d->numbers;
	if (r->n_state > DESCRIPTION_NUMBERS)
		return -E2BIG;
	if (r->n_state)
		memcpy(d->numbers, r->state, r->n_state * sizeof(*r->state));
	return failed ? -ENOMEM : 0;
}

static int take_hold(struct description *d, const struct fact_hold *h)
{
	bool failed = false;
	struct fact *holds, *f;

	if (d->n_holds == HOLDS_MAX)
		return 0;
	holds = realloc(d->holds, (d->n_holds + 1) * sizeof(*holds));
	if (!holds)
		return -ENOMEM;
	d->holds = holds;
	f = &holds[d->n_holds++];
	f->type = FACT_HOLD;
	f->hold = *h;
	f->hold.resource = d->key;
	f->hold.why = copy(h->why, &failed);
	f->hold.taken_at = copy(h->taken_at, &failed);
	f->hold.taken_module = copy(h->taken_module, &failed);
	f->hold.taken_build_id = copy(h->taken_build_id, &failed);
	return failed ? -ENOMEM : 0;
}

static int take(void *ctx, const struct fact *fact)
{
	struct description *d = ctx;

	if (fact->type == FACT_RESOURCE && !strcmp(fact->resource.key, d->key))
		return take_resource(d, &fact->resource);
	if (fact->type == FACT_HOLD && !strcmp(fact->hold.resource, d->key))
		return take_hold(d, &fact->hold);
	return -EPROTO;
}

struct fact_sink description_sink(struct description *d)
{
	return (struct fact_sink){.put = take, .ctx = d};
}
