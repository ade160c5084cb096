// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel knows of a SysV semaphore and tells nobody: when it was last
 * used (semctl gives the time of the whole set), and which processes have taken
 * units that it will give back if they exit (SEM_UNDO).
 *
 * All of it is read without the kernel's locks: what is freed meanwhile reads
 * as rubbish, not as a fault. So lists are followed for a while only, ids are
 * compared, and user space takes nothing for true if the waiter has moved.
 */
#define LT_NO_HOOKS
#include "compat.bpf.h"
#include "lt_wire.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct lt_sem_wanted);
} lt_sem_wanted SEC(".maps");

/* Sets that one process uses with SEM_UNDO; past this many it is not asked on. */
#define UNDOS_MAX 64

/* Levels of the kernel's tree of ids: 6 bits each, 24 in all at the most. */
#define LEVELS_MAX 4

/* An id is a sequence number above the index of its slot; 15 bits unless ipcmni_extend is on. */
#define SLOT_MASK 0x7fff

static __always_inline bool is_node(void *entry)
{
	return ((unsigned long)entry & 3) == 2 && (unsigned long)entry > 4096;
}

static __always_inline struct sem_array *find_set(struct ipc_namespace *ns, __s32 semid)
{
	void *entry = BPF_CORE_READ(ns, ids[0].ipcs_idr.idr_rt.xa_head);
	__u32 slot = semid & SLOT_MASK;
	struct sem_array *set;

	for (int i = 0; i < LEVELS_MAX && is_node(entry); i++) {
		struct xa_node *node = (void *)((unsigned long)entry - 2);
		__u8 shift = BPF_CORE_READ(node, shift);

		bpf_probe_read_kernel(&entry, sizeof(entry),
				      (void *)node + bpf_core_field_offset(node->slots) +
					      8 * (slot >> (shift & 31) & 63));
	}
	set = entry;
	return !is_node(entry) && set && BPF_CORE_READ(set, sem_perm.id) == semid ? set : NULL;
}

static __always_inline void read_used(struct task_struct *task, struct lt_sem_wanted *w,
				      struct lt_sem *out)
{
	struct sem_array *set = find_set(BPF_CORE_READ(task, nsproxy, ipc_ns), w->semid);
	struct sem *sem;

	if (!set || w->num < 0 || w->num >= BPF_CORE_READ(set, sem_nsems))
		return;
	sem = (void *)set + bpf_core_field_offset(set->sems) +
	      (unsigned long)w->num * bpf_core_type_size(struct sem);
	out->used_s = BPF_CORE_READ(sem, sem_otime);
	out->flags |= LT_SEM_USED;
}

static __always_inline void read_units(struct sem_undo *undo, struct lt_sem_wanted *w,
				       struct lt_sem *out)
{
	struct sem_undo___end *end = (void *)undo;
	short units = 0;
	void *at;

	if (bpf_core_field_exists(undo->semadj))
		at = BPF_CORE_READ(undo, semadj);
	else
		at = (void *)undo + bpf_core_field_offset(end->semadj);
	if (bpf_probe_read_kernel(&units, sizeof(units), at + 2 * (unsigned long)w->num) ||
	    units <= 0)
		return;
	out->units = units;
	out->flags |= LT_SEM_UNITS;
}

static __always_inline void read_undos(struct task_struct *task, struct lt_sem_wanted *w,
				       struct lt_sem *out)
{
	struct sem_undo_list *list = BPF_CORE_READ(task, sysvsem.undo_list);
	struct list_head *head, *at;

	if (!list || w->num < 0)
		return;
	head = (void *)list + bpf_core_field_offset(list->list_proc);
	at = BPF_CORE_READ(head, next);
	for (int i = 0; i < UNDOS_MAX && at && at != head; i++) {
		struct sem_undo *undo = NULL;

		undo = (void *)at - bpf_core_field_offset(undo->list_proc);
		if (BPF_CORE_READ(undo, semid) == w->semid) {
			read_units(undo, w, out);
			return;
		}
		at = BPF_CORE_READ(at, next);
	}
}

SEC("iter/task")
int lt_read_sem(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	__u32 first = 0;
	struct lt_sem_wanted *w = bpf_map_lookup_elem(&lt_sem_wanted, &first);
	struct lt_sem out = {};

	if (!task || !w || BPF_CORE_READ(task, nsproxy, ipc_ns, ns.inum) != w->place)
		return 0;
	read_undos(task, w, &out);
	if (task->pid == w->tid)
		read_used(task, w, &out);
	if (!out.flags)
		return 0;
	out.start_ns = task->start_boottime;
	out.pid = task->tgid;
	out.tid = task->pid;
	bpf_seq_write(ctx->meta->seq, &out, sizeof(out));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
