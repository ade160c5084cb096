// SPDX-License-Identifier: GPL-2.0
/*
 * SysV semaphores: when a wait began, and who took what. The function is entered
 * once a call, whether it blocks or not, with the operations copied from the
 * caller. Whether it succeeded is not seen, since there is no hook on its end:
 * a thread that has left a call which may only end with the unit has it. Not so
 * with a time limit, or IPC_NOWAIT.
 */
#include "wait.bpf.h"

/* A call has one or two operations; more are for those who want them. */
#define OPS 4

#define IPC_NOWAIT 04000
#define SEM_UNDO   0x1000

static __always_inline void note_op(struct lt_state *state, __u32 place, __u64 id, short op,
				    bool unsure)
{
	struct lt_use *use = lt_use_of(state, LT_KIND_SYSVSEM, place, id);

	use->at_ns = state->wait.since_ns;
	if (op < 0) {
		use->flags = LT_USE_TOOK | (unsure ? LT_USE_UNSURE : 0);
		use->gave = 0;
		return;
	}
	if (!(use->flags & LT_USE_TOOK) && use->gave < 0xffff)
		use->gave++;
	use->flags = 0;
}

struct sembuf_ops {
	__u16 num;
	short op;
	short flags;
};

/* A call with one operation says all about its wait: nobody need read it from memory again. */
static __always_inline __u64 key_of(__u64 semid, __u64 nsops, const struct sembuf_ops *first)
{
	__u64 key = (__u32)semid;

	if ((__u32)nsops != 1)
		return key;
	return key | (__u64)first->num << LT_SEM_NUM_SHIFT | LT_SEM_SINGLE |
	       (first->op ? 0 : LT_SEM_ZERO) | (first->flags & SEM_UNDO ? LT_SEM_UNDO : 0);
}

static __always_inline void semop_begin(__u64 semid, __u64 sops, __u64 nsops, __u64 timeout)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct lt_state *state = lt_state_of(task);
	struct sembuf_ops op = {};
	__u32 place;

	if (!state || bpf_probe_read_kernel(&op, sizeof(op), (void *)sops))
		return;
	lt_begin(&state->wait, (struct pt_regs *)bpf_task_pt_regs(task), LT_KIND_SYSVSEM,
		 key_of(semid, nsops, &op));
	place = task->nsproxy->ipc_ns->ns.inum;
	for (__u32 i = 0; i < OPS; i++) {
		if (i >= (__u32)nsops ||
		    (i && bpf_probe_read_kernel(&op, sizeof(op), (void *)(sops + i * sizeof(op)))))
			break;
		if (op.op)
			note_op(state, place, (semid & 0xffffffff) << 16 | op.num, op.op,
				timeout || op.flags & IPC_NOWAIT);
	}
}

LT_HOOK(4, __do_semtimedop, semop_begin)

char LICENSE[] SEC("license") = "GPL";
