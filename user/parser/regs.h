/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PARSER_REGS_H
#define PARSER_REGS_H

/*
 * What a step up the stack is made from: registers and words of memory. Registers
 * have a "known" bit each, because by /proc only the stack pointer and the pc are
 * known, and a step that needs another one must say so.
 */
#include <stdbool.h>
#include <stdint.h>

#ifdef __aarch64__
enum { REG_FP = 29, REG_SP = 31, REG_RA = 30, REGS_N = 33 };
#else
enum { REG_FP = 6, REG_SP = 7, REG_RA = 16, REGS_N = 17 };
#endif

struct regs {
	uint64_t v[REGS_N];
	uint64_t known; /* bit n: v[n] is */
};

static inline void regs_set(struct regs *r, unsigned int n, uint64_t value)
{
	r->v[n] = value;
	r->known |= 1ull << n;
}

static inline bool regs_known(const struct regs *r, unsigned int n)
{
	return n < REGS_N && r->known & 1ull << n;
}

/* A word of the thread's memory. Returns 0 or -errno. */
struct memory;
int memory_word(struct memory *m, uint64_t addr, uint64_t *ret);

/* How far a step came, or an expression that it needs. */
enum cfi_result {
	CFI_OK = 0,
	CFI_ROOT,	    /* the tables say: nobody called this */
	CFI_NONE,	    /* no table covers the address */
	CFI_NEEDS_REGISTER, /* the frame's address depends on a register that is not known */
	CFI_NO_MEMORY,	    /* a word could not be read */
	CFI_BAD,	    /* the tables make no sense */
};

#endif
