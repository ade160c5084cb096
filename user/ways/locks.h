/* SPDX-License-Identifier: GPL-2.0 */
#ifndef WAYS_LOCKS_H
#define WAYS_LOCKS_H

/*
 * Uprobes on the lock functions of the target: where a thread last entered
 * which lock.
 */
#include <stdbool.h>
#include <stdint.h>

#include "way.h"

struct bpf_object;
struct locks;

/* Returns 0 and sets *ret, or -errno after one note. Probes nothing yet. */
int locks_new(const struct way_config *config, const struct bpf_object *shared, struct locks **ret);
void locks_free(struct locks *l);

/* Probes processes of the target that are new. To be called now and then. */
int locks_update(struct locks *l);

/*
 * Takes all probes off. What they saw is forgotten: a lock may be given back
 * unseen from now on. Put on, they begin anew; 0 or -errno.
 */
void locks_take_off(struct locks *l);
int locks_put_on(struct locks *l);

const struct bpf_object *locks_object(const struct locks *l); /* NULL: off */
uint64_t locks_hits(const struct locks *l);		      /* since they were put on */

/* What the trap of a hit took, in the mean of these. */
uint64_t locks_trap_ns(const struct locks *l);

/* Is any process probed? */
bool locks_on(const struct locks *l);

/* As way->last_entered. */
int locks_last_entered(struct locks *l, const struct thread_ref *ref, uint64_t lock,
		       uint64_t *ret_ns, uint64_t *ret_caller);

/* As way->readers. */
int locks_readers(struct locks *l, pid_t pid, uint64_t lock, lock_reader_fn emit, void *ctx);

/* Everything that was seen of semaphores and locks, in any order. Returns 0, what emit returned, or
 * -errno.
 */
int locks_hands(struct locks *l, way_hand_fn emit, void *ctx);

#endif
