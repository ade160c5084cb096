/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_FILE_LOCKS_H
#define OS_FILE_LOCKS_H

/*
 * File locks as the kernel lists them: all in /proc/locks, those of one open
 * file in /proc/PID/fdinfo/FD. The two use the same lines.
 *
 * The pid in a line is that of whoever asked for the lock. A flock, an open
 * file description lock and a lease belong to the open file instead, which is
 * inherited: the pid may be that of a process that has ended long ago.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum file_lock_sort { FILE_LOCK_FLOCK = 1, FILE_LOCK_POSIX, FILE_LOCK_OFD, FILE_LOCK_LEASE };

#define FILE_LOCK_EOF UINT64_MAX

/* A file as the kernel names it in these lines: not always what stat() says. */
struct file_id {
	uint32_t major, minor;
	uint64_t inode; /* 0: the line names no file (whoever waits for a lease) */
};

struct file_lock {
	uint64_t id; /* in /proc/locks: a lock and those who wait behind it have the same */
	bool waits;  /* is not a lock, but somebody who wants it */
	enum file_lock_sort sort;
	bool write;
	bool breaking; /* a lease that its owner was told to give back */
	pid_t pid;     /* -1: open file description locks; below: of another machine */
	struct file_id file;
	uint64_t start, end; /* bytes, both included; FILE_LOCK_EOF */
};

/* One line, "lock:\t" or not before it. Returns 0, or -EPROTO if it is none that we know. */
int file_lock_parse(const char *line, struct file_lock *ret);

bool file_id_same(const struct file_id *a, const struct file_id *b);

/* May both have what they ask for? Only then, or if they are of one owner, do they not conflict. */
bool file_lock_conflicts(const struct file_lock *a, const struct file_lock *b);

/* /proc/locks, read once a look. */
struct file_locks;

int file_locks_new(struct file_locks **ret);
void file_locks_free(struct file_locks *l);
void file_locks_forget(struct file_locks *l); /* begins a new look */

/* The array belongs to l until the next look. Returns 0 or -errno. */
int file_locks_all(struct file_locks *l, int proc_fd, const struct file_lock **ret, size_t *ret_n);

/* Those of one open file of a process; returns their number, at most max, or -errno. */
int file_locks_of_fd(int proc_fd, pid_t pid, int fd, struct file_lock *ret, size_t max);

#endif
