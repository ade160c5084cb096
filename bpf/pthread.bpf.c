// SPDX-License-Identifier: GPL-2.0
/*
 * Where a thread entered its lock functions: uprobes at the beginning of
 * pthread_mutex_lock() and its kin in the C library of the target, where
 * arguments and return address are still as at the entry (parser/uprobe_site.h). Who owns a
 * lock is read off the lock; this only adds where and when. Also the entries of
 * the condition variables' waits, which let go and take their mutex again
 * inside, unseen.
 *
 * The latest locks of each thread are kept in the thread itself. A map of all
 * locks that evicts the oldest would lose just the stuck holder's (measured:
 * gone after 20,000 other locks).
 */
#define LT_NO_HOOKS
#include "wait.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct lt_locks);
} lt_locks SEC(".maps");

/* A thread's storage goes with it: what it had of a semaphore when it ended stays here. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, LT_GONE);
	__type(key, struct lt_gone);
	__type(value, struct lt_lock);
} lt_gone SEC(".maps");

/* What the probes cost is reckoned from it (user/ways/governor.c). */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, LT_HIT_MAX);
	__type(key, __u32);
	__type(value, __u64);
} lt_hits SEC(".maps");

enum lock_use { USE_LOCK, USE_READ, USE_UNLOCK, USE_TAKE, USE_TRY, USE_GIVE };

/* A unit of a semaphore that it took itself: when it last took one stays known. */
static __always_inline void give_back(struct lt_lock *lock)
{
	lock->reads--;
	if (lock->turns != 0xff)
		lock->turns++;
}

enum bpf_func_id___lt { BPF_FUNC_get_attach_cookie___lt = 1 };

/* What is known of the place: enum lt_probe_flag. Nothing before 5.15. */
static __always_inline __u64 probe_cookie(struct pt_regs *ctx)
{
	if (!bpf_core_enum_value_exists(enum bpf_func_id___lt, BPF_FUNC_get_attach_cookie___lt))
		return 0;
	return bpf_get_attach_cookie(ctx);
}

/* Called by the library itself. */
static __always_inline bool is_inner(struct pt_regs *ctx, __u64 cookie)
{
	return (lt_caller(ctx) >> LT_PAGE_SHIFT) - (cookie >> LT_PROBE_PAGE_SHIFT) <
	       ((cookie >> LT_PROBE_PAGES_SHIFT) & LT_PROBE_PAGES);
}

/* Led to by a probed function that this very call has entered. */
static __always_inline bool is_led_to(struct pt_regs *ctx, struct lt_locks *locks)
{
	bool led = locks->led_on_sp == PT_REGS_SP(ctx);

	locks->led_on_sp = 0;
	return led;
}

static __always_inline void count_hit(__u32 hit)
{
	__u64 *hits = bpf_map_lookup_elem(&lt_hits, &hit);

	if (hits)
		(*hits)++;
}

static __always_inline void lock_entered(struct pt_regs *ctx, __u64 address, enum lock_use use)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 oldest = ~0ULL, cookie = probe_cookie(ctx);
	__u32 at = 0;
	struct lt_locks *locks;

	count_hit(cookie & LT_PROBE_EMULATED);
	if (cookie & LT_PROBE_INSIDE && is_inner(ctx, cookie))
		return;
	locks = bpf_task_storage_get(&lt_locks, task, NULL,
				     use == USE_UNLOCK ? 0 : BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!locks) {
		if (use == USE_UNLOCK)
			return;
		lt_count_lost(LT_LOST_LOCKS);
		return;
	}
	if (cookie & LT_PROBE_INSIDE && is_led_to(ctx, locks))
		return;
	if (cookie & LT_PROBE_LEADS_ON)
		locks->led_on_sp = PT_REGS_SP(ctx);
#pragma unroll
	for (__u32 i = 0; i < LT_LOCKS; i++) {
		if (locks->lock[i].address == address) {
			at = i;
			break;
		}
		/* who reads under a lock is kept as long as it does */
		if (!locks->lock[i].reads && locks->lock[i].entered_ns < oldest) {
			oldest = locks->lock[i].entered_ns;
			at = i;
		}
	}
	if (at >= LT_LOCKS) /* never; the verifier wants to read it */
		return;
	if (use == USE_UNLOCK) {
		if (locks->lock[at].address == address && locks->lock[at].reads)
			locks->lock[at].reads--;
		return;
	}
	if (locks->lock[at].address != address) {
		locks->lock[at].reads = 0;
		locks->lock[at].gave = locks->lock[at].turns = locks->lock[at].flags = 0;
	}
	if (use == USE_READ || use == USE_TAKE || use == USE_TRY)
		locks->lock[at].reads++;
	if (use >= USE_TAKE)
		locks->lock[at].flags |= LT_LOCK_SEM | (use == USE_TRY ? LT_LOCK_UNSURE : 0);
	locks->lock[at].address = address;
	if (use == USE_GIVE && locks->lock[at].reads) {
		give_back(&locks->lock[at]);
		return;
	}
	if (use == USE_GIVE && locks->lock[at].gave != 0xff)
		locks->lock[at].gave++;
	locks->lock[at].entered_ns = bpf_ktime_get_ns();
	locks->lock[at].caller = lt_caller(ctx);
}

/* The mutex is the first argument, or the second one. */
SEC("uprobe")
int lt_lock_first(struct pt_regs *ctx)
{
	lock_entered(ctx, PT_REGS_PARM1(ctx), USE_LOCK);
	return 0;
}

SEC("uprobe")
int lt_lock_second(struct pt_regs *ctx)
{
	lock_entered(ctx, PT_REGS_PARM2(ctx), USE_LOCK);
	return 0;
}

/* A read-write lock does not say who reads under it. */
SEC("uprobe")
int lt_lock_read(struct pt_regs *ctx)
{
	lock_entered(ctx, PT_REGS_PARM1(ctx), USE_READ);
	return 0;
}

SEC("uprobe")
int lt_lock_unlock(struct pt_regs *ctx)
{
	lock_entered(ctx, PT_REGS_PARM1(ctx), USE_UNLOCK);
	return 0;
}

/* A semaphore: taken for sure, tried, given. */
SEC("uprobe")
int lt_sem_take(struct pt_regs *ctx)
{
	lock_entered(ctx, PT_REGS_PARM1(ctx), USE_TAKE);
	return 0;
}

SEC("uprobe")
int lt_sem_try(struct pt_regs *ctx)
{
	lock_entered(ctx, PT_REGS_PARM1(ctx), USE_TRY);
	return 0;
}

SEC("uprobe")
int lt_sem_give(struct pt_regs *ctx)
{
	lock_entered(ctx, PT_REGS_PARM1(ctx), USE_GIVE);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int lt_thread_ends(__u64 *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct lt_locks *locks = bpf_task_storage_get(&lt_locks, task, NULL, 0);

	(void)ctx;
	if (!locks)
		return 0;
#pragma unroll
	for (__u32 i = 0; i < LT_LOCKS; i++) {
		struct lt_gone gone = {
			.start_ns = task->start_boottime,
			.address = locks->lock[i].address,
			.pid = task->tgid,
			.tid = task->pid,
		};

		if (locks->lock[i].flags & LT_LOCK_SEM && locks->lock[i].reads &&
		    bpf_map_update_elem(&lt_gone, &gone, &locks->lock[i], 0))
			lt_count_lost(LT_LOST_GONE);
	}
	return 0;
}

SEC("iter/task")
int lt_list_locks(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct lt_locks *locks;
	struct lt_task_locks out = {};

	if (!task)
		return 0;
	locks = bpf_task_storage_get(&lt_locks, task, NULL, 0);
	if (!locks)
		return 0;
	out.locks = *locks;
	out.start_ns = task->start_boottime;
	out.pid = task->tgid;
	out.tid = task->pid;
	bpf_seq_write(ctx->meta->seq, &out, sizeof(out));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
