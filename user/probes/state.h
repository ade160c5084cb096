/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROBES_STATE_H
#define PROBES_STATE_H

/* Stating the facts of one wait, with the fields that every probe fills alike. */
#include "probe.h"

int state_resource(const struct probe_env *env, const struct wait *w, const char *name,
		   const char *detail, const struct fact_number *state, size_t n_state);

/* One who could end the wait. */
int state_hold(const struct probe_env *env, const struct wait *w, const struct thread_ref *ref,
	       enum evidence evidence, const char *why);

/*
 * As state_hold(), for a process as a whole, or its only thread. One that has
 * gone meanwhile does not hold anything any more: nothing is stated.
 */
int state_process(const struct probe_env *env, const struct wait *w, pid_t pid,
		  enum evidence evidence, const char *why);

/* As state_hold(), for a thread that does not exist any more. */
int state_gone(const struct probe_env *env, const struct wait *w, const struct thread_ref *ref,
	       enum evidence evidence, const char *why);

/*
 * fork copied the lock while ref held the original: nobody holds this one. gone: ref has
 * ended meanwhile.
 */
int state_copied(const struct probe_env *env, const struct wait *w, const struct thread_ref *ref,
		 enum evidence evidence, const char *why, bool gone);

/* Nobody is known, because of why. */
int state_nobody(const struct probe_env *env, const struct wait *w, const char *why);

#endif
