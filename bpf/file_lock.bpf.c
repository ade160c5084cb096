// SPDX-License-Identifier: GPL-2.0
/*
 * File locks: flock(), fcntl() and leases. These functions are entered for
 * locks that are free, too, but whoever then sleeps in the same call on the
 * same descriptor is in the latest one entered. Requests that do not wait
 * leave no record. Not so with leases: open() sleeps for other reasons, and
 * just its first sleep here is the lease's.
 *
 * The key is the inode number.
 */
#include "wait.bpf.h"

#define LT_F_SETLKW	7
#define LT_F_OFD_SETLKW 38
#define LT_LOCK_NB	4
#define LT_LOCK_UN	8

static __always_inline struct lt_wait *file_lock_begin(struct task_struct *task,
						       struct pt_regs *regs, __u64 inode)
{
	struct lt_state *state = lt_state_of(task);

	if (!state)
		return NULL;
	lt_begin(&state->wait, regs, LT_KIND_FILE_LOCK, inode);
	return &state->wait;
}

static __always_inline void flock_begin(__u64 inode)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);

	if (!(lt_arg1(regs) & (LT_LOCK_NB | LT_LOCK_UN)))
		file_lock_begin(task, regs, BPF_CORE_READ((struct inode *)inode, i_ino));
}

static __always_inline void setlk_begin(__u64 fd __attribute__((unused)), __u64 file, __u64 cmd)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if ((__u32)cmd == LT_F_SETLKW || (__u32)cmd == LT_F_OFD_SETLKW)
		file_lock_begin(task, (struct pt_regs *)bpf_task_pt_regs(task),
				BPF_CORE_READ((struct file *)file, f_inode, i_ino));
}

static __always_inline void lease_begin(__u64 inode)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct lt_wait *wait = file_lock_begin(task, (struct pt_regs *)bpf_task_pt_regs(task),
					       BPF_CORE_READ((struct inode *)inode, i_ino));

	if (wait)
		lt_sleeps_once(wait, task);
}

LT_HOOK(1, locks_lock_inode_wait, flock_begin)
LT_HOOK(3, fcntl_setlk, setlk_begin)
LT_HOOK_OPTIONAL(1, __break_lease, lease_begin)

char LICENSE[] SEC("license") = "GPL";
