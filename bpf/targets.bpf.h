/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TARGETS_BPF_H
#define TARGETS_BPF_H

#include "compat.bpf.h"

/* The processes that were named, if any were: their ids. Kept up to date by user/ways/census.c. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 16384);
	__type(key, __s32);
	__type(value, __u8);
} lt_targets SEC(".maps");

#endif
