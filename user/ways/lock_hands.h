/* SPDX-License-Identifier: GPL-2.0 */
#ifndef WAYS_LOCK_HANDS_H
#define WAYS_LOCK_HANDS_H

/* What the probes on lock functions kept of each thread, and of those that ended. */
#include "way.h"

struct bpf_program;
struct target;

/* Calls emit for each, in any order. Returns 0, what emit returned, or -errno. */
int lock_hands(const struct bpf_program *list, int gone_fd, const struct target *target,
	       way_hand_fn emit, void *ctx);

#endif
