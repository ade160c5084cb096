/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_STACKS_H
#define OS_STACKS_H

/*
 * Stacks of blocked threads, without stopping them: the registers and the top
 * of the stack are copied, and unwound offline with the program's own unwind
 * tables, all of it by the parser (parser.h).
 */
#include <stddef.h>
#include <stdint.h>

#include "../core/facts.h"
#include "../seen.h"

struct os;
struct stacks;

int stacks_new(struct stacks **ret);
void stacks_free(struct stacks *s);

/*
 * The user stack of a thread that is asleep. At most max frames are unwound;
 * names are looked up if with_symbols, and functions that were inlined then
 * are frames of their own, STACK_INLINED_MAX of them at most. Fills *ret (frames innermost first,
 * kernel frames not included) whose storage belongs to s until the next call.
 * Returns 0, also for a stack that could not be finished (complete is false
 * and note says why), or -errno if there is nothing at all.
 */
#define STACK_INLINED_MAX 128
int stacks_unwind(struct stacks *s, struct os *os, const struct seen *seen, size_t max,
		  bool with_symbols, struct fact_stack *ret);

/*
 * Where a holder took what it holds: sets taken_at ("flush+0x1c logger.c:41
 * (statemachined)") and what else is said of the place, whose storage belongs to
 * s until the next call. Returns 0 or -errno.
 */
int stacks_name(struct stacks *s, struct os *os, pid_t pid, uint64_t pc, struct fact_hold *ret);

/* The global or static variable at an address: "queue_lock (statemachined)". 0 or -ENOENT. */
int stacks_variable(struct stacks *s, struct os *os, pid_t pid, uint64_t addr, char *buf,
		    size_t size);

#endif
