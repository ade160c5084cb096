/* SPDX-License-Identifier: GPL-2.0 */
#ifndef WAYS_RECORD_H
#define WAYS_RECORD_H

/*
 * From a record of the kernel side to a thread as probes see it. Pure, but for
 * the names of kernel functions.
 */
#include "../seen.h"
#include "../../bpf/lt_wire.h"

struct ksyms;

/* The letter that /proc/PID/stat shows for a task's state. */
char record_state(uint32_t state, uint32_t exit_state);

/* Field 22 of /proc/PID/stat, from nanoseconds since boot. */
uint64_t record_start(uint64_t start_ns);

/*
 * clock_offset: CLOCK_MONOTONIC minus the scheduler's clock, to be added to
 * what is in the latter. ksyms NULL: kernel frames stay empty.
 */
void record_seen(const struct lt_task *t, int64_t clock_offset, const struct ksyms *ksyms,
		 struct seen *ret);

/*
 * Hooks of this kind were off until then (UINT64_MAX: they are): what they remember
 * of a thread from before is kept only where it cannot have moved since.
 */
void record_unhooked(const struct lt_task *t, uint64_t until_ns, struct seen *s);

#endif
