/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_MEMORY_H
#define OS_MEMORY_H

/*
 * A copy of what a stack walk reads of a process's memory: the top of the
 * stack in one read, then single pages on request (an alternate signal stack,
 * a frame of 300 KiB), bounded. What could not be read is remembered too.
 */
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct reader;
struct memory;

#define MEMORY_TOP   (32 << 10) /* threads of real programs use 2 to 14 KiB */
#define MEMORY_PAGES 64

int memory_new(struct memory **ret);
void memory_free(struct memory *m);

/*
 * Begins anew: copies from sp to end, at most top bytes (up to MEMORY_TOP) at
 * once. Returns 0 or -errno.
 */
int memory_begin(struct memory *m, struct reader *r, pid_t pid, uint64_t sp, uint64_t end,
		 size_t top);

/* -EIO: not readable; -ENOSPC: too many pages asked for; -ETIMEDOUT: reading hangs. */
int memory_word(struct memory *m, uint64_t addr, uint64_t *ret);
int memory_bytes(struct memory *m, uint64_t addr, void *buf, size_t size);

#endif
