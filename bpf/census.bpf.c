// SPDX-License-Identifier: GPL-2.0
/*
 * The census: one pass over all threads of the machine as they are now, and
 * the same for one thread. Costs nothing while nobody asks. What the hooks
 * remember of a thread is added where it still holds.
 */
#define LT_NO_HOOKS
#include "targets.bpf.h"
#include "task.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, LT_SCANS);
	__type(key, __u32);
	__type(value, struct lt_scan);
} lt_scans SEC(".maps");

/* A record is larger than a program's stack. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, LT_SCANS);
	__type(key, __u32);
	__type(value, struct lt_task);
} lt_records SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct lt_wanted);
} lt_wanted_use SEC(".maps");

static __always_inline bool lt_in_wanted_call(struct lt_scan *scan, struct lt_task *t)
{
	__u32 nr = t->syscall;

	if (t->flags & LT_TASK_COMPAT) /* other numbers; user space says that it is not read */
		return true;
	if (nr >= LT_SYSCALLS)
		return false;
	return scan->syscalls[nr / 64 & (LT_SYSCALLS / 64 - 1)] >> (nr & 63) & 1;
}

static __always_inline bool lt_rested(struct lt_scan *scan, struct lt_task *t)
{
	__u64 ran_ns = t->ran_clock + scan->clock_offset;

	/* Not known, or not possible: user space takes two looks. */
	if (!t->ran_clock || ran_ns > scan->now_ns)
		return true;
	return scan->now_ns - ran_ns >= scan->min_age_ns;
}

#define LT_FUTEX_CMD	 127
#define LT_FUTEX_LOCK_PI 6
#define LT_FUTEX_PI2	 13
#define LT_LOCK_VALUE	 0x8007ffff /* all but the priority ceiling of a mutex */

/*
 * A wait for a lock with a time limit may be the last of many: how old it is tells
 * nothing. no_stack is the number of the futex call.
 */
static __always_inline bool lt_may_be_retried(struct lt_scan *scan, struct lt_task *t)
{
	__u32 cmd = t->args[1] & LT_FUTEX_CMD, val = t->args[2] & LT_LOCK_VALUE;

	if (t->syscall != scan->no_stack || !t->args[3] || t->flags & LT_TASK_COMPAT)
		return false;
	return cmd == LT_FUTEX_LOCK_PI || cmd == LT_FUTEX_PI2 || val == 2 || val == 3 || val >> 31;
}

static __always_inline bool lt_waits_in_kernel(struct lt_scan *scan, struct task_struct *task)
{
	struct lt_state *state = lt_find_state(task);

	return state && state->lock.address && state->lock.since_ns <= scan->now_ns &&
	       scan->now_ns - state->lock.since_ns >= scan->min_age_ns;
}

/*
 * A wait that a hook saw begin may be older than when the thread last ran: it
 * took signals. And what no hook saw is in a call that some probe knows.
 */
static __always_inline bool lt_wanted(struct lt_scan *scan, struct task_struct *task,
				      struct lt_task *t)
{
	/* In the midst of any call, in a page fault, or a thread of the kernel itself. */
	if (lt_in_kernel(t) && lt_waits_in_kernel(scan, task))
		return true;
	if (t->flags & LT_TASK_KTHREAD || t->syscall < 0)
		return false;
	/* Not yet asleep when now_ns was taken: the age would be below zero. */
	if (lt_live(task, t) && t->wait.since_ns <= scan->now_ns &&
	    scan->now_ns - t->wait.since_ns >= scan->min_age_ns)
		return true;
	return lt_in_wanted_call(scan, t) && (lt_rested(scan, t) || lt_may_be_retried(scan, t));
}

SEC("iter/task")
int lt_scan_tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	__u32 entry = LT_FOR_SCAN;
	struct lt_scan *scan = bpf_map_lookup_elem(&lt_scans, &entry);
	struct lt_task *t = bpf_map_lookup_elem(&lt_records, &entry);
	__s32 pid;

	if (!task || !scan || !t)
		return 0;
	pid = task->tgid;
	if (pid == scan->own_pid)
		return 0;
	if (scan->only_targets && !bpf_map_lookup_elem(&lt_targets, &pid))
		return 0;
	lt_read_task(task, t);
	t->now_ns = scan->now_ns;
	if (lt_wanted(scan, task, t)) {
		lt_read_rest(task, t, t->syscall != scan->no_stack);
		/* Full: the kernel calls again for the same task when there is room. */
		if (bpf_seq_write(ctx->meta->seq, t, sizeof(*t)))
			return 0;
	}
	if (!(t->flags & LT_TASK_KTHREAD))
		scan->threads++;
	return 0;
}

SEC("iter/task")
int lt_look_task(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	__u32 entry = LT_FOR_LOOK;
	struct lt_scan *scan = bpf_map_lookup_elem(&lt_scans, &entry);
	struct lt_task *t = bpf_map_lookup_elem(&lt_records, &entry);

	if (!task || !scan || !t || task->pid != scan->tid)
		return 0;
	t->now_ns = bpf_ktime_get_ns();
	lt_read_task(task, t);
	if (t->syscall >= 0)
		lt_live(task, t);
	lt_read_rest(task, t, true);
	bpf_seq_write(ctx->meta->seq, t, sizeof(*t));
	return 0;
}

/* All threads that hooks saw use one queue or semaphore. */
SEC("iter/task")
int lt_list_uses(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	__u32 first = 0;
	struct lt_wanted *wanted = bpf_map_lookup_elem(&lt_wanted_use, &first);
	struct lt_state *state;

	if (!task || !wanted)
		return 0;
	state = lt_find_state(task);
	if (!state)
		return 0;
#pragma unroll
	for (int i = 0; i < LT_USES; i++) {
		struct lt_task_use use = {.use = state->uses[i]};

		if (use.use.kind != wanted->kind || use.use.id != wanted->id ||
		    (wanted->place && use.use.place != wanted->place))
			continue;
		use.start_ns = task->start_boottime;
		use.pid = task->tgid;
		use.tid = task->pid;
		bpf_seq_write(ctx->meta->seq, &use, sizeof(use));
		break;
	}
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
