/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_READER_H
#define OS_READER_H

/*
 * Reads that may hang for ever: a target's memory (userfaultfd, FUSE), its
 * files, and those files of /proc that take its mmap_lock (maps, cmdline,
 * environ, map_files, exe). They are done by a child process that can be
 * killed; a new one is started for the next read. Every call returns within
 * its time: -ETIMEDOUT if the child had to be killed.
 *
 * What hung a read (a range of memory, a file) is left alone for a while:
 * further reads of it fail at once with -ETIMEDOUT, so that one bad target
 * cannot slow down a look.
 */
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct reader;

/* proc_root is "/proc" but for tests. Returns 0 or -errno. */
int reader_new(const char *proc_root, struct reader **ret);
void reader_free(struct reader *r);

/* Memory of a process. Returns the bytes read (may be fewer than asked for, never 0) or -errno. */
ssize_t reader_memory(struct reader *r, pid_t pid, uint64_t addr, void *buf, size_t size);

/* As reader_memory(), but -EIO unless all of it could be read. Returns 0 or -errno. */
int reader_memory_all(struct reader *r, pid_t pid, uint64_t addr, void *buf, size_t size);

/*
 * The file PROC_ROOT/PID/name, whole, up to a bound of 16 MiB (-E2BIG). *ret is
 * NUL-terminated and to be freed by the caller. Returns the size or -errno.
 */
ssize_t reader_proc_file(struct reader *r, pid_t pid, const char *name, char **ret);

/*
 * Opens PROC_ROOT/PID/name (map_files/A-B, root/..., exe) for reading; regular
 * files only, never blocking on a FIFO. Returns a descriptor or -errno.
 */
int reader_proc_open(struct reader *r, pid_t pid, const char *name);

#endif
