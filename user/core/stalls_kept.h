/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_STALLS_KEPT_H
#define CORE_STALLS_KEPT_H

/*
 * Stalls that an earlier session told of. Each is open from the start, and was
 * told. It is the same one if a finding has its root, or one of its waits: the
 * same thread at the same resource. Some need more than two looks to be found
 * again, a pile-up for one, so it also goes on for as long as one of its
 * waiters has not moved since: such a thread is stated in each look
 * (stalls_kept_refs()).
 *
 * What is found again is picked up: its report is built, and from then on it is
 * a stall as any other. What is not has ended, watched or not.
 */
#include "stalls.h"

/* Both return 0, or -ENOMEM; a wait of no stall is passed over. */
int stalls_keep(struct stalls *s, const struct fact_stall *f, uint64_t now_ns);
int stalls_keep_wait(struct stalls *s, const struct fact_stall_wait *f);

void kept_free(struct kept *k); /* NULL is fine */

/* Before findings are compared: whose waits are there again. Returns 0 or -ENOMEM. */
void stalls_kept_look(struct stalls *s, const struct diagnosis *d);

/* Has one of its waiters not moved since? Then it goes on, found or not. */
bool kept_is_unmoved(const struct stall *stall);

/* Not found yet, but it is too early to say that it has ended. */
bool kept_may_come(const struct stall *stall, uint64_t now_ns, uint64_t threshold_ns);

/* Has it been neither found nor seen by this session? */
bool kept_is_unseen(const struct stall *stall);

/* When it was last known to go on, of one that is unseen. */
uint64_t kept_last_ns(const struct stall *stall);

/* The threads that are to be stated in each look. Returns 0 or -ENOMEM; free(*ret). */
int stalls_kept_refs(const struct stalls *s, struct thread_ref **ret, size_t *ret_n);

/* States every stall that is open and was told, as a later session wants it. */
int stalls_save(const struct stalls *s, const struct history *h, const struct fact_tick *now,
		const struct fact_sink *to);

#endif
