/* SPDX-License-Identifier: GPL-2.0 */
#ifndef COLLECT_H
#define COLLECT_H

/*
 * The collector: turns what a way of seeing shows into the facts of one look.
 *
 * It goes from the waits that may be stalls to who could end them, to what
 * those wait for, and on, out of the target too, until nothing new comes up.
 * Whoever waits for work alone is only counted.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "../core/facts.h"

struct collector;
struct os;
struct way;

/* Nothing that is passed is owned. Returns 0 and sets *ret, or -ENOMEM. */
int collector_new(struct os *os, const struct way *way, void *way_self, uint64_t threshold_ns,
		  struct collector **ret);
/* Waits for work and events are stated as well. */
void collector_include_parked(struct collector *c);
/*
 * Somebody asks why these processes hang. once: and shall have in notes what can be said of them,
 * and of pid (0: of none), if nothing is stuck.
 */
void collector_asked(struct collector *c, pid_t pid, bool once);

/* The next look states these threads, too, if they exist. They must be there until it is over. */
void collector_also(struct collector *c, const struct thread_ref *refs, size_t n);
void collector_free(struct collector *c); /* NULL is fine */

/*
 * One look: states TICK to LOOKED. Returns 0, an error of out, of the scan, or
 * -ENOMEM. A process or thread that goes away meanwhile is no error.
 */
int collector_look(struct collector *c, uint64_t now_ns, uint64_t wall_ns,
		   const struct fact_sink *out);

/* Would more looks tell more of a wait that no look has shown for long enough? */
bool collector_undecided(const struct collector *c, uint64_t now_ns);

/* Did the last look find no wait at all that may become a stall? */
bool collector_is_quiet(const struct collector *c);

/*
 * States the stacks of these threads (engine_wants()) and then DETAILED. Comes
 * after collector_look(). Looking for names takes names_ns at most; frames that
 * have none by then go without, and the fact says so.
 */
int collector_detail(struct collector *c, const struct thread_ref *refs, size_t n,
		     uint64_t names_ns, const struct fact_sink *out);

#endif
