/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROBES_RWLOCK_READERS_H
#define PROBES_RWLOCK_READERS_H

#include "probe.h"

/*
 * States who reads under the lock of w, of which the lock itself only has the
 * number. private: no other process can.
 */
int rwlock_state_readers(const struct probe_env *env, const struct seen *s, const struct wait *w,
			 uint32_t n_readers, bool private);

#endif
