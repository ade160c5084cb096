/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LT_COMPAT_BPF_H
#define LT_COMPAT_BPF_H

/*
 * What differs between architectures and between kernels, in one place.
 *
 * LT_HOOK(n, function, body) hooks the entry of a kernel function twice: as
 * fentry and as kprobe, of which the loader takes the first that the kernel
 * accepts, and each again as a program that counts its hits (hits.bpf.h). body
 * gets the function's first n arguments as u64 either way; an argument narrower
 * than that has rubbish in its upper half. There is no exit hook on purpose: a
 * kretprobe on a function that blocks runs out of slots with 200 parked threads
 * (2 of 200 seen on 5.10, 10 on 6.12), and fexit costs as much as the entry once
 * more. When a wait has ended is read off the task.
 *
 * LT_HOOK_OPTIONAL: the function is not in every kernel, and the others of the
 * file are useful without it.
 */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

/* Where there are no hooks, nothing counts them. */
#ifndef LT_NO_HOOKS
#include "hits.bpf.h"
#endif

#define LT_FENTRY_1(c) (c)[0]
#define LT_FENTRY_2(c) LT_FENTRY_1(c), (c)[1]
#define LT_FENTRY_3(c) LT_FENTRY_2(c), (c)[2]
#define LT_FENTRY_4(c) LT_FENTRY_3(c), (c)[3]
#define LT_KPROBE_1(c) PT_REGS_PARM1(c)
#define LT_KPROBE_2(c) LT_KPROBE_1(c), PT_REGS_PARM2(c)
#define LT_KPROBE_3(c) LT_KPROBE_2(c), PT_REGS_PARM3(c)
#define LT_KPROBE_4(c) LT_KPROBE_3(c), PT_REGS_PARM4(c)

#define LT_HOOK_NAMED(prefix, n, function, body, count)                                            \
	SEC("fentry/" #function)                                                                   \
	int prefix##_fentry_##function(unsigned long long *ctx)                                    \
	{                                                                                          \
		count;                                                                             \
		body(LT_FENTRY_##n(ctx));                                                          \
		return 0;                                                                          \
	}                                                                                          \
	SEC("kprobe/" #function)                                                                   \
	int prefix##_kprobe_##function(struct pt_regs *ctx)                                        \
	{                                                                                          \
		count;                                                                             \
		body(LT_KPROBE_##n(ctx));                                                          \
		return 0;                                                                          \
	}
#define LT_HOOK(n, function, body)                                                                 \
	LT_HOOK_NAMED(lt, n, function, body, )                                                     \
	LT_HOOK_NAMED(lt_count, n, function, body, lt_hit())
#define LT_HOOK_OPTIONAL(n, function, body)                                                        \
	LT_HOOK_NAMED(lt_opt, n, function, body, )                                                 \
	LT_HOOK_NAMED(lt_opt_count, n, function, body, lt_hit())

#define LT_PF_EXITING 0x00000004
#define LT_PF_KTHREAD 0x00200000
/* Threads that the kernel runs in a user process (io_uring, vhost): no user side either. */
#define LT_PF_WORKER (0x00000010 | 0x00004000)

/* What a thread asked for when it entered the kernel. */
struct lt_call {
	__u64 args[6];
	__u64 sp;
	__s32 nr;
};

static __always_inline __u32 lt_cpu(struct task_struct *task)
{
	struct task_struct___cpu *old = (void *)task;

	if (bpf_core_field_exists(task->thread_info.cpu))
		return task->thread_info.cpu;
	return BPF_CORE_READ(old, cpu);
}

#if defined(__TARGET_ARCH_x86)

#define LT_NR_MSGSND 69
#define LT_NR_MSGRCV 70

/* The running thread, in a call. x32's calls have numbers of their own; see lt_compat(). */
static __always_inline bool lt_in_compat(struct task_struct *task)
{
	return task->thread_info.status & 2;
}

static __always_inline __u64 lt_sp(struct pt_regs *regs)
{
	return regs->sp;
}

static __always_inline __s32 lt_nr(struct pt_regs *regs)
{
	return (__s32)regs->orig_ax;
}

static __always_inline __u64 lt_arg0(struct pt_regs *regs)
{
	return regs->di;
}

static __always_inline __u64 lt_arg1(struct pt_regs *regs)
{
	return regs->si;
}

static __always_inline void lt_args(struct pt_regs *regs, __u64 *args)
{
	args[0] = regs->di;
	args[1] = regs->si;
	args[2] = regs->dx;
	args[3] = regs->r10;
	args[4] = regs->r8;
	args[5] = regs->r9;
}

/* In DWARF's numbering of the registers. */
static __always_inline void lt_regs(struct pt_regs *regs, __u64 *to)
{
	to[0] = regs->ax;
	to[1] = regs->dx;
	to[2] = regs->cx;
	to[3] = regs->bx;
	to[4] = regs->si;
	to[5] = regs->di;
	to[6] = regs->bp;
	to[7] = regs->sp;
	to[8] = regs->r8;
	to[9] = regs->r9;
	to[10] = regs->r10;
	to[11] = regs->r11;
	to[12] = regs->r12;
	to[13] = regs->r13;
	to[14] = regs->r14;
	to[15] = regs->r15;
	to[16] = regs->ip;
}

/* In a 32-bit call: 32-bit code segment, int 0x80 from 64-bit code, or x32. */
static __always_inline bool lt_compat(struct task_struct *task, struct pt_regs *regs)
{
	return (regs->cs & 0xffff) == 0x23 || task->thread_info.status & 2 ||
	       (regs->orig_ax != (unsigned long)-1 && regs->orig_ax & 0x40000000);
}

/* Who called the function that a uprobe is in, where the stack pointer has not moved yet. */
static __always_inline __u64 lt_caller(struct pt_regs *ctx)
{
	__u64 address = 0;

	bpf_probe_read_user(&address, sizeof(address), (void *)PT_REGS_SP(ctx));
	return address;
}

#elif defined(__TARGET_ARCH_arm64)

#define LT_NR_MSGSND 189
#define LT_NR_MSGRCV 188

static __always_inline bool lt_in_compat(struct task_struct *task)
{
	return task->thread_info.flags & (1 << 22);
}

static __always_inline __u64 lt_sp(struct pt_regs *regs)
{
	return regs->sp;
}

static __always_inline __s32 lt_nr(struct pt_regs *regs)
{
	return regs->syscallno;
}

/* x0 is overwritten by the result as soon as there is one. */
static __always_inline __u64 lt_arg0(struct pt_regs *regs)
{
	return regs->orig_x0;
}

static __always_inline __u64 lt_arg1(struct pt_regs *regs)
{
	return regs->regs[1];
}

static __always_inline void lt_args(struct pt_regs *regs, __u64 *args)
{
	args[0] = regs->orig_x0;
	args[1] = regs->regs[1];
	args[2] = regs->regs[2];
	args[3] = regs->regs[3];
	args[4] = regs->regs[4];
	args[5] = regs->regs[5];
}

static __always_inline void lt_regs(struct pt_regs *regs, __u64 *to)
{
#pragma unroll
	for (int i = 0; i < 31; i++)
		to[i] = regs->regs[i];
	to[31] = regs->sp;
	to[32] = regs->pc;
}

static __always_inline bool lt_compat(struct task_struct *task,
				      struct pt_regs *regs __attribute__((unused)))
{
	return task->thread_info.flags & (1 << 22);
}

static __always_inline __u64 lt_caller(struct pt_regs *ctx)
{
	return PT_REGS_RET(ctx);
}

#else
#error "the registers of this architecture are not known yet"
#endif

#endif
