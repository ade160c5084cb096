// SPDX-License-Identifier: GPL-2.0
/*
 * Mutexes and rw-semaphores inside the kernel: which one a thread has begun to
 * wait for. The tracepoint is on the slow path only, so that it costs nothing
 * until two want the same lock; it also fires for spinning, which is left out
 * first of all, and for the locks behind PI futexes, which are futex waits.
 *
 * Here the end is needed too: the functions that wait for such locks are hidden
 * from kernel stacks as part of the scheduler, so that nothing else tells a wait
 * for a lock from one for a disk. The record is kept apart from that of the
 * system call, which may have been made before and go on after.
 */
#define LT_NO_HOOKS
#include "wait.bpf.h"

SEC("tp_btf/contention_begin")
int lt_contention_begin(unsigned long long *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 flags = (__u32)ctx[1];
	struct lt_state *state;

	if (flags & (LT_KLOCK_SPIN | LT_KLOCK_RT))
		return 0;
	state = lt_state_of(task);
	if (!state)
		return 0;
	state->lock.address = ctx[0];
	state->lock.flags = flags;
	state->lock.since_ns = bpf_ktime_get_ns();
	return 0;
}

SEC("tp_btf/contention_end")
int lt_contention_end(unsigned long long *ctx)
{
	struct lt_state *state = lt_find_state(bpf_get_current_task_btf());

	if (state && state->lock.address == ctx[0])
		state->lock.address = 0;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
