/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PARSER_UNWIND_H
#define PARSER_UNWIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../seen.h"
#include "memory.h"
#include "question.h"
#include "space.h"

#define UNWIND_MAX PARSER_FRAMES

struct unwound_frame {
	uint64_t pc;
	uint64_t sp;
	uint64_t pc_slot;   /* the stack word that pc was read from, 0: a register */
	struct place place; /* place.map is NULL if nothing is mapped there */
	bool exact_pc;	    /* not a return address: innermost, or interrupted by a signal */
	bool guessed;	    /* how is not FRAME_CFI */
	enum frame_how how; /* 0: the innermost */
};

struct unwound {
	struct unwound_frame frames[UNWIND_MAX]; /* innermost first */
	size_t n;
	bool complete;
	const char *note; /* static; NULL if complete */
};

/*
 * Unwinds a sleeping thread, of which only the registers count; memory has been
 * begun at its stack pointer.
 * debug: also read debug files for unwind tables. At most max frames, until
 * deadline_ns (CLOCK_MONOTONIC).
 */
void unwind(struct space *s, struct memory *m, const struct seen *seen, size_t max, bool debug,
	    uint64_t deadline_ns, struct unwound *ret);

/* Where to look for what covers a frame: a return address is past its call. */
static inline uint64_t unwound_lookup(const struct unwound_frame *f)
{
	return f->place.addr - (f->exact_pc || !f->place.addr ? 0 : 1);
}

static inline uint64_t unwound_pc(const struct unwound_frame *f)
{
	return f->pc - (f->exact_pc || !f->pc ? 0 : 1);
}

#endif
