/* SPDX-License-Identifier: GPL-2.0 */
#ifndef __VMLINUX_H__
#define __VMLINUX_H__

/* arm64. libbpf's headers ask for this guard's name, to know whose pt_regs they see. */
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct thread_info {
	unsigned long flags; /* bit 22: a 32-bit program (TIF_32BIT) */
	unsigned int cpu;
};

struct user_pt_regs {
	unsigned long long regs[31];
	unsigned long long sp, pc, pstate;
};

struct pt_regs {
	unsigned long long regs[31];
	unsigned long long sp, pc, pstate;
	unsigned long long orig_x0;
	int syscallno;
};

#pragma clang attribute pop

#include "../types.h"

#endif
