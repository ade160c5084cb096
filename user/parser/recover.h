/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_RECOVER_H
#define OS_RECOVER_H

/*
 * Frames that unwind tables alone do not give: what unwind.c guesses with.
 */
#include "cfi.h"
#include "unwind.h"

struct walk {
	struct space *space;
	struct memory *memory;
	bool debug;
	uint64_t stack_end; /* of the mapping */
	struct regs regs;
	struct unwound *out;
};

/* A step by the frame pointer, for code without tables. 0 or -ENOENT. */
int recover_step(struct walk *w, struct cfi_step *ret);

/*
 * The frame pointer of a frame whose tables (or lack of them) need it. Sets
 * *ret. 0 or -ENOENT.
 */
int recover_frame_pointer(struct walk *w, const struct unwound_frame *f, uint64_t *ret);

#endif
