/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_PROC_H
#define OS_PROC_H

/*
 * Those files of /proc that never hang: one parser each, on a text, and
 * readers that take the open root (os->proc_fd). Everything returns 0 or
 * -errno; -ESRCH when the process or thread is gone.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "../seen.h"

#define PROC_PF_FORKNOEXEC 0x00000040 /* forked, and still runs the same program */

struct proc_stat {
	pid_t pid; /* as in the file: a thread's id for task/TID/stat */
	char comm[SEEN_COMM];
	char state;
	pid_t ppid;
	uint32_t flags; /* PF_KTHREAD is 0x00200000 */
	uint32_t n_threads;
	uint64_t start; /* clock ticks since boot */
	int cpu;
	int exit_signal; /* what its parent is told its end with */
};

struct proc_status {
	pid_t tgid;
	pid_t tracer; /* 0: none */
	uint64_t nvcsw, nivcsw;
	pid_t ns_tid;	 /* its id in its innermost PID namespace */
	int ns_depth;	 /* how many namespaces deep; 1: the same as ours */
	uint64_t caught; /* signals that it has handlers for: bit 0 is signal 1 */
};

struct proc_syscall {
	bool running;
	int32_t nr; /* -1: blocked, but not in a system call */
	uint64_t args[6], sp, pc;
};

/* The scheduler's own count; the cheapest sign of whether a thread has run. */
struct proc_schedstat {
	uint64_t ran_ns;    /* on a CPU, in all */
	uint64_t waited_ns; /* for a CPU, in all */
	uint64_t turns;	    /* how often it was put on one; always 0: this kernel does not count */
};

int proc_parse_stat(const char *text, struct proc_stat *ret);
int proc_parse_status(const char *text, struct proc_status *ret);
int proc_parse_syscall(const char *text, struct proc_syscall *ret);
/* Functions and modules of /proc/.../stack, innermost first, instead of those there are. */
void proc_parse_stack(const char *text, struct seen *ret);
/* One field of /proc/.../sched ("se.exec_start", in ms with 6 digits) as ns. */
int proc_parse_sched_ns(const char *text, const char *field, uint64_t *ret);
/* ... or one that is a count ("nr_voluntary_switches"). -ENOENT: there is no such field. */
int proc_parse_sched_count(const char *text, const char *field, uint64_t *ret);
int proc_parse_schedstat(const char *text, struct proc_schedstat *ret);

/*
 * A small file under the root, "306/task/311/stat"; NUL-terminated, cut at the
 * buffer's end. Returns its size or -errno. Any directory will do as proc_fd.
 */
ssize_t proc_read(int proc_fd, const char *path, char *buf, size_t size);

int proc_stat(int proc_fd, pid_t pid, pid_t tid, struct proc_stat *ret);
int proc_status(int proc_fd, pid_t pid, pid_t tid, struct proc_status *ret);
int proc_syscall(int proc_fd, pid_t pid, pid_t tid, struct proc_syscall *ret);

/* Functions of the kernel it is in, innermost first; none if they are hidden. */
void proc_kernel_stack(int proc_fd, pid_t pid, pid_t tid, struct seen *ret);

/* The process (thread group) of a thread's id. Returns it or -errno. */
pid_t proc_tgid(int proc_fd, pid_t tid);

/* Calls fn for each process, or each thread of a process; stops at a result other than 0. */
int proc_each_pid(int proc_fd, int (*fn)(void *ctx, pid_t pid), void *ctx);
int proc_each_tid(int proc_fd, pid_t pid, int (*fn)(void *ctx, pid_t tid), void *ctx);
/* ... or each number in a directory there. */
int proc_each_id_at(int proc_fd, const char *path, int (*fn)(void *ctx, pid_t id), void *ctx);
/* The same for an open directory, from its beginning; -ENOENT: its process has gone. */
int proc_each_id(int dir_fd, int (*fn)(void *ctx, pid_t id), void *ctx);

/* proc_body.c: the same for each descriptor of a process. */
int proc_each_fd(int proc_fd, pid_t pid, int (*fn)(void *ctx, int fd), void *ctx);
/* What fd of a process leads to, as readlink says ("socket:[1234]", a path). */
int proc_fd_name(int proc_fd, pid_t pid, int fd, char *buf, size_t size);

#endif
