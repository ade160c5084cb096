/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROBES_USERS_H
#define PROBES_USERS_H

/* Those whom hooks saw use a queue or a semaphore. */
#include "../ways/way.h"
#include "probe.h"

/*
 * Is it still that thread, now that its id is looked up again? Then *ret is
 * what it does now.
 */
bool users_is_there(const struct probe_env *env, const struct way_use *use, struct seen *ret);

/*
 * States each thread that was seen to take messages out of a queue. Returns 1
 * if there was one, 0, or -errno.
 */
int users_state_drainers(const struct probe_env *env, const struct wait *w, uint32_t place,
			 uint64_t id);

/*
 * States each thread that took a unit of a semaphore and did not give it back,
 * if takers do so: where others give, it is no lock, and that is said. Returns
 * 1 if anything was stated, 0 if the process that changed it last (last_pid)
 * took it unseen, or -errno.
 */
int users_state_takers(const struct probe_env *env, const struct wait *w, uint32_t place,
		       uint64_t id, pid_t last_pid);

#endif
