/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_READER_H
#define OS_READER_H

/*
 * Reads that may hang for ever: a target's memory (userfaultfd, FUSE), its
 * files, and those files of /proc that take its mmap_lock (maps, cmdline,
 * environ, map_files, exe). They are done by a child process that can be
 * killed; a new one is started for the next read. Every call returns within
 * its time: -ETIMEDOUT if the child had to be killed. (One that only waits for a
 * processor is given 3 s, once in 30.)
 *
 * The page or file that hung a read is left alone for a while: further reads of
 * it fail at once with -ETIMEDOUT. A process that hangs a third read is left
 * alone altogether. So one bad target costs a look 0.9 s at the most, once, and
 * what else can be read of it (the deadlock next door) still is.
 */
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct reader;
struct lost;

/* proc_root is "/proc" but for tests. Returns 0 or -errno. */
int reader_new(const char *proc_root, struct reader **ret);
void reader_free(struct reader *r);

/* From now on what had to be given up is counted there: "read-timeout", "reader-died". */
void reader_count_lost(struct reader *r, struct lost *lost);

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
 * files only, never blocking on a FIFO. What follows root/ is looked up as the
 * process itself would, so that no link leads out of its root. Of a file on a
 * file system whose server may stop answering (FUSE, NFS, CIFS) it is a copy in
 * memory, since every use of the file itself, even closing it, could hang.
 * Returns a descriptor or -errno.
 */
int reader_proc_open(struct reader *r, pid_t pid, const char *name);

#endif
