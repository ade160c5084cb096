/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROBES_HANDS_H
#define PROBES_HANDS_H

/*
 * Who had it last: for what does not say who has it, by what hooks saw others do
 * with the word that is waited on. Tracked or inferred, with the reason; never
 * exact.
 */
#include "probe.h"

/*
 * A semaphore: is it used as a lock, given back by who took it, and who has not?
 * Returns 1 if somebody was stated, 0 and in why what to say instead, or -errno.
 */
#define HANDS_WHY 160
int hands_state_units(const struct probe_env *env, const struct seen *s, const struct wait *w,
		      char why[HANDS_WHY]);

/*
 * A lock whose word tells that somebody has it, and whose owner must wake whoever
 * waits: who was let in last, and has woken nobody since. entry is where its
 * functions are entered with it, 0: nowhere known. Returns as above.
 */
int hands_state_taker(const struct probe_env *env, const struct seen *s, const struct wait *w,
		      uint64_t entry, char why[HANDS_WHY]);

/*
 * Adds who last woke somebody at this word to the reason why nobody is known:
 * "...; 317 dispatcher last woke there, 3.2 s ago". Adds nothing if nobody did.
 */
void hands_add_waker(const struct probe_env *env, const struct seen *s, const struct wait *w,
		     char why[HANDS_WHY]);

#endif
