// SPDX-License-Identifier: GPL-2.0
/*
 * SysV message queues: senders to a full one, receivers of an empty one. The
 * key is the id; which IPC namespace it is in, user space reads off the
 * thread, and whether it sends or receives off the call. Both functions are
 * entered once a call, and wake up and sleep again inside.
 *
 * Who receives is remembered beyond its wait: for a full queue these are the
 * threads that could end it. A thread's own last queue, in its own storage: a
 * shared LRU map throws out the oldest, which is just the reader that is stuck.
 */
#include "wait.bpf.h"

static __always_inline struct lt_state *sysvmsg_begin(struct task_struct *task, __u32 msqid)
{
	struct lt_state *state = lt_state_of(task);

	if (state)
		lt_begin(&state->wait, task, (struct pt_regs *)bpf_task_pt_regs(task),
			 LT_KIND_SYSVMSG, msqid);
	return state;
}

static __always_inline void msgsnd_begin(__u64 msqid)
{
	sysvmsg_begin(bpf_get_current_task_btf(), (__u32)msqid);
}

static __always_inline void msgrcv_begin(__u64 msqid)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct lt_state *state = sysvmsg_begin(task, (__u32)msqid);

	if (!state)
		return;
	state->recv_ns = state->wait.since_ns;
	state->recv_msqid = (__u32)msqid;
	state->recv_ipc_ns = BPF_CORE_READ(task, nsproxy, ipc_ns, ns.inum);
}

LT_HOOK(1, do_msgsnd, msgsnd_begin)
LT_HOOK(1, do_msgrcv, msgrcv_begin)

/* All threads that were seen receiving. */
SEC("iter/task")
int lt_list_recvs(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct lt_recv recv = {};
	struct lt_state *state;

	if (!task)
		return 0;
	state = bpf_task_storage_get(&lt_waits, task, NULL, 0);
	if (!state || !state->recv_ns)
		return 0;
	recv.start_ns = task->start_boottime;
	recv.recv_ns = state->recv_ns;
	recv.pid = task->tgid;
	recv.tid = task->pid;
	recv.msqid = state->recv_msqid;
	recv.ipc_ns = state->recv_ipc_ns;
	bpf_seq_write(ctx->meta->seq, &recv, sizeof(recv));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
