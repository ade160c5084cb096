/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PARSER_TAIL_CALLS_H
#define PARSER_TAIL_CALLS_H

/*
 * A function that ends in a jump to a local one leaves no frame
 * (pthread_mutex_lock does so for robust mutexes, pthread_join always): then
 * the caller's call instruction, through its PLT and GOT, leads to the function
 * that was called; it counts if it does jump to the local one. If the call was
 * by a register, the exported function that jumps there is the answer, if it is
 * the only one or if all are forms of one function.
 */
#include "unwind.h"

/*
 * The exported function that jumped to the one of frame f, which returns to
 * caller; NULL if f was called itself, or if it cannot be told.
 */
const struct elf_export *tail_caller(struct memory *m, struct space *space,
				     const struct unwound_frame *f,
				     const struct unwound_frame *caller);

#endif
