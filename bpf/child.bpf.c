// SPDX-License-Identifier: GPL-2.0
/*
 * Waits for the end of a child: wait4(), waitid() and what is made of them. The
 * function is also entered by who only asks (WNOHANG); that is rare enough, and
 * such a record is never taken for a wait, since its thread does not sleep. Which
 * child it is, user space reads off the call, so that there is no key.
 */
#include "wait.bpf.h"

static __always_inline void child_wait_begin(__u64 options)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct lt_state *state = lt_state_of(task);

	(void)options;
	if (state)
		lt_begin(&state->wait, (struct pt_regs *)bpf_task_pt_regs(task), LT_KIND_CHILD, 0);
}

LT_HOOK(1, do_wait, child_wait_begin)

char LICENSE[] SEC("license") = "GPL";
