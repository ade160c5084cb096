/* SPDX-License-Identifier: GPL-2.0 */
#ifndef WAYS_GOVERNED_H
#define WAYS_GOVERNED_H

/*
 * Measures what hooks cost, asks the governor, and does what it says: takes the
 * dearest off, and puts it back later. States what is not seen meanwhile.
 */
#include "../core/facts.h"
#include "governor.h"
#include "way.h"

struct bpf_object;
struct governed;

/* How hooks are taken off and put back: of those in hooks.c, by number. */
struct governed_ops {
	void (*take_off)(void *ctx, size_t hook);
	int (*put_on)(void *ctx, size_t hook);			    /* 0 or -errno */
	const struct bpf_object *(*object)(void *ctx, size_t hook); /* NULL: it is off */
	/* Whether it is hit so often that it should be measured now; NULL: nobody knows. */
	bool (*is_hot)(void *ctx, uint64_t now_ns);
	/* The way into its program by now, where that changes; NULL: as it was said. */
	uint64_t (*trap_ns)(void *ctx, size_t hook, uint64_t said_ns);
	void *ctx;
};

struct governed_hook {
	const char *name, *unseen; /* live as long as this */
	uint64_t price_ns;	   /* of a hit */
	uint64_t trap_ns;	   /* ... the way into the program, which its run time leaves out */
	bool optional;
};

/* Returns 0 or -ENOMEM. budget_ppm 0: measures only. */
int governed_new(const struct governed_ops *ops, uint64_t budget_ppm, struct governed **ret);
void governed_free(struct governed *g);

void governed_add(struct governed *g, size_t hook, const struct governed_hook *what);

/* Once a look, before it. */
void governed_look(struct governed *g, uint64_t now_ns);

/* What is to be told, and what is not seen by now; within a look. */
int governed_state(struct governed *g, const struct fact_sink *out);

/* Calls emit for each hook. Returns 0 or what emit returned. */
int governed_costs(const struct governed *g, way_cost_fn emit, void *ctx);

#endif
