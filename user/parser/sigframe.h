/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PARSER_SIGFRAME_H
#define PARSER_SIGFRAME_H

/*
 * The frame that the kernel makes for a signal handler, where no unwind table
 * tells of it: in musl, Go, or a program of its own kind. What the handler
 * returns to is known by its code, which cannot be another: it has to make the
 * system call rt_sigreturn. The frame's layout is the kernel's and never changes.
 */
#include "cfi.h"

#define SIGFRAME_CODE 9 /* bytes */

/* Is this what a handler returns to? size of them are there. */
bool sigframe_is_return(const uint8_t *code, size_t size);

/* The interrupted thread's registers, at the stack pointer of such a frame. 0 or -errno. */
int sigframe_step(const struct regs *regs, struct memory *m, struct cfi_step *ret);

#endif
