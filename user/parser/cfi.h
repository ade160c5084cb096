/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_CFI_H
#define OS_CFI_H

/*
 * One step up the stack by the program's own unwind tables. Registers have a
 * "known" bit each, because by /proc only the stack pointer and the pc are
 * known, and a step that needs another one must say which.
 */
#include <stdbool.h>
#include <stdint.h>

#include "elf_file.h"

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

/* What a return address is on arm64 without its signature, which has the bits above. */
static inline uint64_t cfi_code_address(uint64_t ra)
{
#ifdef __aarch64__
	return ra & ((1ull << 48) - 1);
#else
	return ra;
#endif
}

enum cfi_result {
	CFI_OK = 0,
	CFI_ROOT,	    /* the tables say: nobody called this */
	CFI_NONE,	    /* no table covers the address */
	CFI_NEEDS_REGISTER, /* the frame's address depends on a register that is not known */
	CFI_NO_MEMORY,	    /* a word could not be read */
	CFI_BAD,	    /* the tables make no sense */
};

struct cfi_step {
	struct regs caller; /* its pc is in pc, its sp in REG_SP */
	uint64_t pc;
	uint64_t pc_slot; /* where the return address was, 0: in a register */
	bool signal;	  /* the caller was interrupted: pc is exact */
};

/* The frame at ELF address addr; *ret is untouched unless CFI_OK. */
enum cfi_result cfi_step(struct elf_file *f, uint64_t addr, bool debug, const struct regs *regs,
			 struct memory *memory, struct cfi_step *ret);

/* Is the code at addr what a signal handler returns to? */
bool cfi_is_signal(struct elf_file *f, uint64_t addr);

#endif
