/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LT_HITS_BPF_H
#define LT_HITS_BPF_H

/*
 * How often a hook is run into. The kernel counts that, but only for who has
 * CAP_SYS_ADMIN, which the service has not: there the programs count, while they
 * are told to (user/ways/hook_meter.c). These are programs of their own, so that all
 * others have nothing of it.
 */
volatile bool lt_counting SEC(".data.lt") = 0;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} lt_hits SEC(".maps");

static __always_inline void lt_hit(void)
{
	__u32 zero = 0;
	__u64 *hits;

	if (!lt_counting)
		return;
	hits = bpf_map_lookup_elem(&lt_hits, &zero);
	if (hits)
		(*hits)++;
}

#endif
