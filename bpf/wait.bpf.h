/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LT_WAIT_BPF_H
#define LT_WAIT_BPF_H

/*
 * The shared maps, and the beginning of a wait.
 *
 * Each object that includes this has these maps, and the loader gives all of
 * them one and the same (those of the census). A wait's record lives in a slot
 * that its thread has for itself, or in the task's own storage: no hash to look
 * up, no eviction, gone with the thread. Only iter/task can list task storage,
 * and the census needs that pass anyway.
 *
 * There is no end of a wait here (see compat.bpf.h). A record is about a wait
 * that still goes on if the thread is asleep in the same system call with the
 * same first argument and stack pointer: lt_live() in census.bpf.c. That holds
 * because a later call of that kind goes through the same hook and overwrites it.
 */
#include "compat.bpf.h"
#include "lt_kinds.h"
#include "lt_wire.h"

/*
 * Looking up a task's storage is a third of what a hook costs, an element of an
 * array next to nothing. So each thread that waits gets an element here if it is
 * free, which is the one that its id's lower bits name, and keeps it for life.
 * Whoever finds it taken has its record in its own storage, as safe and slower.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, LT_SLOTS);
	__type(key, __u32);
	__type(value, struct lt_slot);
} lt_slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct lt_state);
} lt_waits SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, LT_LOST_MAX);
	__type(key, __u32);
	__type(value, __u64);
} lt_lost SEC(".maps");

static __always_inline void lt_count_lost(__u32 reason)
{
	__u64 *count = bpf_map_lookup_elem(&lt_lost, &reason);

	if (count)
		(*count)++;
}

/* No two threads were made in the same nanosecond, let alone with ids that share a slot. */
static __always_inline bool lt_owns(const struct lt_owner *owner, struct task_struct *task)
{
	return owner->start_ns == task->start_boottime;
}

/*
 * Makes a free slot the running thread's: the caller empties it and then writes start_ns. So is one
 * of its own id: ids are unique, so that whoever had it is gone. Threads that exit get none:
 * nobody would free it.
 */
static __always_inline bool lt_claim(struct lt_owner *owner, struct task_struct *task)
{
	__u32 tid = task->pid;

	if (task->flags & LT_PF_EXITING)
		return false;
	if (owner->tid != tid && __sync_val_compare_and_swap(&owner->tid, 0, tid))
		return false;
	owner->start_ns = 0;
	return true;
}

/* The running thread ends. */
static __always_inline void lt_disown(struct lt_owner *owner, struct task_struct *task)
{
	if (owner->tid != (__u32)task->pid)
		return;
	owner->start_ns = 0;
	owner->tid = 0;
}

static __always_inline struct lt_slot *lt_slot_of(struct task_struct *task)
{
	__u32 at = (__u32)task->pid & (LT_SLOTS - 1);

	return bpf_map_lookup_elem(&lt_slots, &at);
}

/* A thread's record, or NULL. */
static __always_inline struct lt_state *lt_find_state(struct task_struct *task)
{
	struct lt_slot *slot = lt_slot_of(task);

	if (slot && lt_owns(&slot->owner, task))
		return &slot->state;
	return bpf_task_storage_get(&lt_waits, task, NULL, 0);
}

/* The running thread's record; NULL is counted: there is no memory, or the storage is busy. */
static __always_inline struct lt_state *lt_state_of(struct task_struct *task)
{
	struct lt_slot *slot = lt_slot_of(task);
	struct lt_state *state;

	if (slot && lt_owns(&slot->owner, task))
		return &slot->state;
	/* Once had there, always there. */
	state = bpf_task_storage_get(&lt_waits, task, NULL, 0);
	if (state)
		return state;
	if (slot && lt_claim(&slot->owner, task)) {
		__builtin_memset(&slot->state, 0, sizeof(slot->state));
		slot->owner.start_ns = task->start_boottime;
		return &slot->state;
	}
	state = bpf_task_storage_get(&lt_waits, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!state)
		lt_count_lost(LT_LOST_WAITS);
	return state;
}

/*
 * The running thread begins a wait. Everything but deadline and val. Reading a register of the
 * call takes ten instructions: what the hook knows anyway need not be read.
 */
static __always_inline void lt_begin_call(struct lt_wait *wait, struct pt_regs *regs, __u32 kind,
					  __u64 key, __s32 nr, __u64 arg0, __u32 flags)
{
	wait->kind = kind;
	wait->key = key;
	wait->sp = lt_sp(regs);
	wait->arg0 = arg0;
	wait->syscall = nr;
	wait->flags = flags;
	wait->since_ns = bpf_ktime_get_ns();
}

static __always_inline void lt_begin(struct lt_wait *wait, struct pt_regs *regs, __u32 kind,
				     __u64 key)
{
	lt_begin_call(wait, regs, kind, key, lt_nr(regs), lt_arg0(regs), 0);
}

/* The hooked function sleeps exactly once: who has slept more often is past it. */
static __always_inline void lt_sleeps_once(struct lt_wait *wait, struct task_struct *task)
{
	wait->nvcsw = task->nvcsw;
	wait->flags = LT_WAIT_ONE_SLEEP;
}

/* Does what a hook remembers still go on? Copies it then. */
static __always_inline bool lt_live(struct task_struct *task, struct lt_task *t)
{
	struct lt_state *state = lt_find_state(task);
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	struct lt_wait *w;

	if (!state)
		return false;
	w = &state->wait;
	if (!w->kind || w->flags & LT_WAIT_ENDED || w->syscall != t->syscall ||
	    w->sp != lt_sp(regs))
		return false;
	if (w->arg0 != (w->flags & LT_WAIT_INT ? (__u32)t->args[0] : t->args[0]))
		return false;
	if (w->flags & LT_WAIT_ONE_SLEEP && t->nvcsw - w->nvcsw > 1)
		return false;
	t->wait = *w;
	t->flags |= LT_TASK_HOOKED;
	return true;
}

/*
 * The running thread's slot for what it uses now. A slot of its own that it has
 * not yet is the free one, or that of a semaphore it does not have, or else the
 * oldest: units that are still taken are what it is all about.
 */
static __always_inline struct lt_use *lt_use_of(struct lt_state *state, __u32 kind, __u32 place,
						__u64 id)
{
	struct lt_use *found = &state->uses[0];
	__u64 found_ns = ~0ull;

/* most often it is there: first that alone */
#pragma unroll
	for (int i = 0; i < LT_USES; i++) {
		struct lt_use *u = &state->uses[i];

		if (u->kind == kind && u->id == id && u->place == place)
			return u;
	}
#pragma unroll
	for (int i = 0; i < LT_USES; i++) {
		struct lt_use *u = &state->uses[i];
		__u64 at_ns = u->kind && u->flags ? u->at_ns : 0;

		if (at_ns < found_ns) {
			found = u;
			found_ns = at_ns;
		}
	}
	found->id = id;
	found->place = place;
	found->kind = kind;
	found->gave = 0;
	found->flags = 0;
	return found;
}

#endif
