/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PARSER_MEMORY_H
#define PARSER_MEMORY_H

/*
 * A copy of what a stack walk reads of a process's memory: the top of the
 * stack, which comes with the question, then single pages on request (an alternate signal stack,
 * a frame of 300 KiB), bounded. What could not be read is remembered too.
 */
#include <stddef.h>
#include <stdint.h>

#include "source.h"

struct memory;

#define MEMORY_PAGES 64

int memory_new(struct memory **ret);
void memory_free(struct memory *m);

/* Begins anew, with the n bytes that are known to be at sp. */
void memory_begin(struct memory *m, const struct source *source, uint64_t sp, const void *bytes,
		  size_t n);

/* -EIO: not readable; -ENOSPC: too many pages asked for; -ETIMEDOUT: reading hangs. */
int memory_word(struct memory *m, uint64_t addr, uint64_t *ret);
int memory_bytes(struct memory *m, uint64_t addr, void *buf, size_t size);

#endif
