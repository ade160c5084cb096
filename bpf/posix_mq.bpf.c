// SPDX-License-Identifier: GPL-2.0
/*
 * POSIX message queues. wq_sleep() is entered only by who has to wait, and
 * wakes up and sleeps again inside. Who waited for a message there reads that
 * queue, and could end the wait of who writes to it.
 */
#include "wait.bpf.h"

#define RECV 1 /* second argument: which of the two queues of sleepers */

static __always_inline void wq_sleep_begin(__u64 info, __u64 which)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct mqueue_inode_info *queue = (void *)info;
	struct lt_state *state = lt_state_of(task);
	__u64 inode = BPF_CORE_READ(queue, vfs_inode.i_ino);
	struct lt_use *use;

	if (!state)
		return;
	lt_begin(&state->wait, (struct pt_regs *)bpf_task_pt_regs(task), LT_KIND_POSIX_MQ, inode);
	if ((__u32)which != RECV)
		return;
	use = lt_use_of(state, LT_KIND_POSIX_MQ, BPF_CORE_READ(queue, vfs_inode.i_sb, s_dev),
			inode);
	use->at_ns = state->wait.since_ns;
	use->flags = LT_USE_DRAINS;
}

LT_HOOK(2, wq_sleep, wq_sleep_begin)

char LICENSE[] SEC("license") = "GPL";
