// SPDX-License-Identifier: GPL-2.0
/*
 * SysV message queues: senders to a full one, receivers of an empty one. The
 * key is the id; which IPC namespace it is in, user space reads off the
 * thread, and whether it sends or receives off the call. Both functions are
 * entered once a call, and wake up and sleep again inside.
 *
 * Who receives is remembered beyond its wait: for a full queue these are the
 * threads that could end it. In the thread's own storage: a shared LRU map throws
 * out the oldest, which is just the reader that is stuck.
 */
#include "wait.bpf.h"

static __always_inline struct lt_state *sysvmsg_begin(struct task_struct *task, __u32 msqid,
						      __s32 nr)
{
	struct lt_state *state = lt_state_of(task);
	struct pt_regs *regs;

	if (!state)
		return NULL;
	regs = (struct pt_regs *)bpf_task_pt_regs(task);
	if (lt_in_compat(task)) /* ipc(): another number and another first argument */
		lt_begin(&state->wait, regs, LT_KIND_SYSVMSG, msqid);
	else
		lt_begin_call(&state->wait, regs, LT_KIND_SYSVMSG, msqid, nr, msqid, LT_WAIT_INT);
	return state;
}

static __always_inline void msgsnd_begin(__u64 msqid)
{
	sysvmsg_begin(bpf_get_current_task_btf(), (__u32)msqid, LT_NR_MSGSND);
}

static __always_inline void msgrcv_begin(__u64 msqid)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct lt_state *state = sysvmsg_begin(task, (__u32)msqid, LT_NR_MSGRCV);
	struct lt_use *use;

	if (!state)
		return;
	use = lt_use_of(state, LT_KIND_SYSVMSG, task->nsproxy->ipc_ns->ns.inum, (__u32)msqid);
	use->at_ns = state->wait.since_ns;
	use->flags = LT_USE_DRAINS;
}

LT_HOOK(1, do_msgsnd, msgsnd_begin)
LT_HOOK(1, do_msgrcv, msgrcv_begin)

char LICENSE[] SEC("license") = "GPL";
