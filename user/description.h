/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DESCRIPTION_H
#define DESCRIPTION_H

/*
 * What a probe stated about one resource, kept back until it is sure that the
 * waiter it was asked for has not moved meanwhile.
 */
#include "core/facts.h"
#include "probes/probe.h"

#define DESCRIPTION_NUMBERS 16

struct description {
	char key[WAIT_KEY];
	bool stated;
	struct fact resource; /* type 0: none was stated; strings are owned */
	struct fact_number numbers[DESCRIPTION_NUMBERS];
	struct fact *holds; /* strings are owned */
	size_t n_holds;
};

/* Returns NULL if there is no memory. */
struct description *description_new(const char *key);
void description_free(struct description *d); /* NULL is fine */
void description_clear(struct description *d);
void description_clear_holds(struct description *d);

/* A sink that takes RESOURCE and HOLD facts into d; -EPROTO for others. */
struct fact_sink description_sink(struct description *d);

#endif
