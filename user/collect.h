/* SPDX-License-Identifier: GPL-2.0 */
#ifndef COLLECT_H
#define COLLECT_H

/*
 * The collector: from blocked threads to facts. It walks from each wait that
 * matters to those who could end it, and on to what they wait for, until
 * nothing new is found, whatever process that leads to.
 */
#include "core/facts.h"

struct os;
struct way;
struct collector;

/* Nothing that is passed is owned. Returns 0 or -ENOMEM. */
int collector_new(struct os *os, const struct way *way, void *way_self, uint64_t threshold_ns,
		  struct collector **ret);
void collector_free(struct collector *c);

/* States TICK ... LOOKED. Returns 0, an error of the sink, or -errno. */
int collector_look(struct collector *c, uint64_t now_ns, uint64_t wall_ns,
		   const struct fact_sink *out);

/* States the stacks of these threads as they were at this look, then DETAILED. */
int collector_detail(struct collector *c, const struct thread_ref *refs, size_t n,
		     const struct fact_sink *out);

#endif
