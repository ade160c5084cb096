/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TASK_BPF_H
#define TASK_BPF_H

/*
 * A thread as it is now.
 *
 * When a thread last ran is when it got its last CPU plus how long it then had
 * it, in the scheduler's clock. That clock is the same for all, unlike the
 * per-CPU task clock of exec_start, which leaves out steal and interrupt time
 * (a thread asleep for 51 ms once read as 2.1 s by it). How long it had the CPU
 * is in that task clock, so this can be too early by the steal time of one
 * slice. For a real-time thread prev_sum_exec_runtime is not kept and the sum
 * comes out too late, hence "at least"; past now it is not used at all.
 */
#include "wait.bpf.h"

/* Interruptible or not, of any flavour; stopped, traced and parked threads are in no call. */
#define LT_ASLEEP (1 | 2)

static __always_inline bool lt_asleep(struct lt_task *t)
{
	return t->state & LT_ASLEEP && !t->exit_state;
}

/* What decides whether the thread is of interest. */
static __always_inline void lt_read_task(struct task_struct *task, struct lt_task *t)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	__u64 slice;

	t->flags = 0;
	t->n_kstack = 0;
	t->lock.address = 0;
	t->lock_owner_pid = t->lock_owner_tid = 0;
	t->syscall = -1;
	t->pid = task->tgid;
	t->tid = task->pid;
	t->state = task->__state;
	t->exit_state = task->exit_state;
	t->nvcsw = task->nvcsw;
	t->nivcsw = task->nivcsw;
	t->arrived_clock = task->sched_info.last_arrival;
	slice = task->se.sum_exec_runtime - task->se.prev_sum_exec_runtime;
	t->ran_clock = t->arrived_clock ? t->arrived_clock + slice : 0;
	if (!t->state) /* wants a CPU since then; 0: has one. How long it slept before is no matter
			*/
		t->ran_clock = task->sched_info.last_queued;
	if (task->flags & (LT_PF_KTHREAD | LT_PF_WORKER)) {
		t->flags = LT_TASK_KTHREAD;
		return;
	}
	if (lt_compat(task, regs))
		t->flags |= LT_TASK_COMPAT;
	if (!lt_asleep(t)) /* stopped: regs are fine, but it is in no call */
		return;
	t->syscall = lt_nr(regs);
	lt_args(regs, t->args);
}

#define LT_UNINTERRUPTIBLE 2
#define LT_NOLOAD	   0x400 /* idle kernel threads */

static __always_inline bool lt_in_kernel(struct lt_task *t)
{
	return t->state & LT_UNINTERRUPTIBLE && !(t->state & LT_NOLOAD) && !t->exit_state;
}

/* Flags in the lower bits of an owner: kernel/locking/mutex.c, rwsem.c. */
#define LT_OWNER_FLAGS	7
#define LT_READER_OWNED 1

/* The lock that it waits for, if it does, and who has that now. */
static __always_inline void lt_read_lock(struct task_struct *task, struct lt_task *t)
{
	struct lt_state *state = lt_find_state(task);
	struct task_struct *owner;
	struct rw_semaphore *sem;
	struct mutex *mutex;
	__u64 word;

	if (!state || !state->lock.address)
		return;
	t->lock = state->lock;
	if (t->lock.flags & LT_KLOCK_PERCPU)
		return;
	mutex = (struct mutex *)state->lock.address;
	sem = (struct rw_semaphore *)state->lock.address;
	if (t->lock.flags & LT_KLOCK_MUTEX)
		word = BPF_CORE_READ(mutex, owner.counter);
	else
		word = BPF_CORE_READ(sem, owner.counter);
	owner = (struct task_struct *)(word & ~(__u64)LT_OWNER_FLAGS);
	if (!owner)
		return;
	if (!(t->lock.flags & LT_KLOCK_MUTEX) && word & LT_READER_OWNED)
		t->flags |= LT_TASK_READERS;
	t->lock_owner_pid = BPF_CORE_READ(owner, tgid);
	t->lock_owner_tid = BPF_CORE_READ(owner, pid);
	t->lock_owner_start_ns = BPF_CORE_READ(owner, start_boottime);
}

/* The rest of a record. If the thread moved while we read, it counts as running. */
static __always_inline void lt_read_rest(struct task_struct *task, struct lt_task *t,
					 bool with_stack)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	long size;

	t->start_ns = task->start_boottime;
	t->cpu = lt_cpu(task);
	bpf_probe_read_kernel_str(t->comm, sizeof(t->comm), task->comm);
	if (!t->state)
		return;
	if (with_stack) {
		size = bpf_get_task_stack(task, t->kstack, sizeof(t->kstack), 0);
		t->n_kstack = size > 0 ? size / sizeof(t->kstack[0]) : 0;
	}
	if (!(t->flags & LT_TASK_KTHREAD)) {
		lt_regs(regs, t->regs);
		t->flags |= LT_TASK_REGS;
	}
	if (lt_in_kernel(t))
		lt_read_lock(task, t);
	/* It woke up in between: what was read belongs to no one moment. */
	if (task->nvcsw != t->nvcsw || task->nivcsw != t->nivcsw || task->__state != t->state) {
		t->state = 0;
		t->ran_clock = 0;
		t->syscall = -1;
		t->n_kstack = 0;
		t->flags &= ~(LT_TASK_REGS | LT_TASK_HOOKED);
	}
}

#endif
