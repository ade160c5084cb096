/* SPDX-License-Identifier: GPL-2.0 */
#ifndef __VMLINUX_H__
#define __VMLINUX_H__

/* x86-64. libbpf's headers ask for this guard's name, to know whose pt_regs they see. */
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct thread_info {
	unsigned long flags;
	unsigned int status; /* bit 1: in a 32-bit system call (TS_COMPAT) */
	unsigned int cpu;
};

struct pt_regs {
	unsigned long r15, r14, r13, r12, bp, bx;
	unsigned long r11, r10, r9, r8, ax, cx, dx, si, di;
	unsigned long orig_ax;
	unsigned long ip, cs, flags, sp, ss;
};

#pragma clang attribute pop

#include "../types.h"

#endif
