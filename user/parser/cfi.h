/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PARSER_CFI_H
#define PARSER_CFI_H

/*
 * One step up the stack by the program's own unwind tables.
 */
#include "elf_file.h"
#include "regs.h"

/* What a return address is on arm64 without its signature, which has the bits above. */
static inline uint64_t cfi_code_address(uint64_t ra)
{
#ifdef __aarch64__
	return ra & ((1ull << 48) - 1);
#else
	return ra;
#endif
}

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
