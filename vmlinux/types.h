/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LT_VMLINUX_TYPES_H
#define LT_VMLINUX_TYPES_H

/*
 * The few kernel types that our BPF programs read, and of these just the
 * fields they read, kept by hand. Offsets here mean nothing: every access is
 * relocated by libbpf against the BTF of the running kernel
 * (preserve_access_index), so one object runs on all of them. A type of a
 * single architecture is in vmlinux/ARCH/vmlinux.h, which includes this file.
 *
 * Enumerators are the kernel's ABI and never change.
 */
typedef unsigned char __u8;
typedef signed char __s8;
typedef unsigned short __u16;
typedef short __s16;
typedef unsigned int __u32;
typedef int __s32;
typedef unsigned long long __u64;
typedef long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;
typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __s32 s32;
typedef __u64 u64;
typedef __s64 s64;
typedef _Bool bool;

enum { false = 0, true = 1 };

enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_RINGBUF = 27,
	BPF_MAP_TYPE_TASK_STORAGE = 29,
};

enum { BPF_F_NO_PREALLOC = 1 };
enum { BPF_LOCAL_STORAGE_GET_F_CREATE = 1 };

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct ns_common {
	unsigned int inum;
};

struct list_head {
	struct list_head *next;
};

struct xarray {
	void *xa_head;
};

struct xa_node {
	unsigned char shift;
	void *slots[64];
};

struct idr {
	struct xarray idr_rt;
};

struct ipc_ids {
	struct idr ipcs_idr;
};

struct ipc_namespace {
	struct ns_common ns;
	struct ipc_ids ids[3]; /* semaphores, queues, shared memory */
};

struct kern_ipc_perm {
	int id;
};

struct sem {
	long long sem_otime;
};

struct sem_array {
	struct kern_ipc_perm sem_perm;
	int sem_nsems;
	struct sem sems[1];
};

struct sem_undo {
	struct list_head list_proc;
	int semid;
	short *semadj;
};

/* Later the numbers are at the end of it. */
struct sem_undo___end {
	short semadj[1];
};

struct sem_undo_list {
	struct list_head list_proc;
};

struct sysv_sem {
	struct sem_undo_list *undo_list;
};

struct nsproxy {
	struct ipc_namespace *ipc_ns;
};

struct sched_info {
	unsigned long long last_arrival;
	unsigned long long last_queued;
};

struct sched_entity {
	u64 sum_exec_runtime;
	u64 prev_sum_exec_runtime;
};

struct task_struct {
	struct thread_info thread_info;
	unsigned int __state;
	unsigned int flags;
	int exit_state;
	int pid;
	int tgid;
	unsigned long nvcsw;
	unsigned long nivcsw;
	u64 start_boottime;
	struct sched_entity se;
	struct sched_info sched_info;
	struct nsproxy *nsproxy;
	struct sysv_sem sysvsem;
	char comm[16];
};

/* Before 5.16 the CPU was a field of the task. */
struct task_struct___cpu {
	unsigned int cpu;
};

typedef struct {
	s64 counter;
} atomic64_t;

typedef atomic64_t atomic_long_t;

struct mutex {
	atomic_long_t owner;
};

struct rw_semaphore {
	atomic_long_t owner;
};

struct super_block {
	u32 s_dev;
};

struct inode {
	struct super_block *i_sb;
	unsigned long i_ino;
};

struct mqueue_inode_info {
	struct inode vfs_inode;
};

struct file {
	struct inode *f_inode;
};

struct socket {
	struct file *file;
};

struct sock {
	struct socket *sk_socket;
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
	u64 session_id;
	u64 seq_num;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

#pragma clang attribute pop

#endif
