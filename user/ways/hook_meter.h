/* SPDX-License-Identifier: GPL-2.0 */
#ifndef WAYS_HOOK_METER_H
#define WAYS_HOOK_METER_H

/*
 * How often hooks are hit, and how long their programs run. The kernel counts
 * both, if it is told to (BPF_ENABLE_STATS), and each hit costs more while it
 * does. So it is told to for a moment now and then. Who may not tell it (no
 * CAP_SYS_ADMIN) lets the programs count hits, as rarely.
 */
#include <stdbool.h>
#include <stdint.h>

struct bpf_object;

struct hook_count {
	uint64_t hits, run_ns;
};

/* The kernel begins to count; returns a descriptor that ends it when it is closed, or -errno. */
int hook_meter_begin(void);

/* The programs of an object begin, or end, to count their hits: the other way. */
void hook_meter_count(const struct bpf_object *object, bool on);
uint64_t hook_meter_hits(const struct bpf_object *object);

/* What the programs of an object that are attached have counted so far. */
struct hook_count hook_meter_read(const struct bpf_object *object);

/* Memory of the object's maps, as the kernel reckons it; without those that are in shared, too. */
uint64_t hook_meter_map_bytes(const struct bpf_object *object, const struct bpf_object *shared);

/*
 * What a hook takes from a call that enters the kernel and comes back at once:
 * once before it is attached, once after, and the difference is its price, the
 * way into it and all. Takes about a millisecond.
 */
uint64_t hook_meter_futex_call_ns(void);

#endif
