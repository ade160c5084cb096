// SPDX-License-Identifier: GPL-2.0
/*
 * libdw reads the tables and gives, for each register, a DWARF expression of
 * where the caller's value is (expr.h evaluates them). libdwfl has a whole
 * unwinder, but that one ends without an error when a frame's address depends
 * on an unknown register, falls back to frame pointers without a word, and
 * cannot be continued with a recovered one.
 */
#include "cfi.h"
#include "expr.h"

/* The caller's value of one register; CFI_ROOT: the tables say that it has none. */
static enum cfi_result caller_register(struct expr *e, Dwarf_Frame *frame, int number,
				       uint64_t *ret, uint64_t *ret_slot)
{
	Dwarf_Op mem[3], *ops;
	enum cfi_result r;
	size_t n;

	*ret_slot = 0;
	if (dwarf_frame_register(frame, number, mem, &ops, &n))
		return CFI_BAD;
	if (n == 0 && ops == mem)
		return CFI_ROOT;
	if (n == 0) { /* the same value */
		if (!regs_known(e->regs, number))
			return CFI_NEEDS_REGISTER;
		*ret = e->regs->v[number];
		return CFI_OK;
	}
	r = expr_evaluate(e, ops, n);
	if (r)
		return r;
	if (e->in_register >= 0) {
		if (!regs_known(e->regs, e->in_register))
			return CFI_NEEDS_REGISTER;
		*ret = e->regs->v[e->in_register];
		return CFI_OK;
	}
	*ret = e->stack[e->n - 1];
	if (e->is_value)
		return CFI_OK;
	*ret_slot = *ret;
	return memory_word(e->memory, *ret, ret) ? CFI_NO_MEMORY : CFI_OK;
}

enum cfi_result cfi_step(struct elf_file *f, uint64_t addr, bool debug, const struct regs *regs,
			 struct memory *memory, struct cfi_step *ret)
{
	Dwarf_Frame *frame = elf_file_frame(f, addr, debug);
	struct expr e = {.regs = regs, .memory = memory};
	struct cfi_step step = {0};
	uint64_t cfa, value, slot;
	enum cfi_result r;
	Dwarf_Op *ops;
	size_t n;
	int ra;

	if (!frame)
		return CFI_NONE;
	ra = dwarf_frame_info(frame, NULL, NULL, &step.signal);
	if (ra < 0 || ra >= REGS_N || dwarf_frame_cfa(frame, &ops, &n))
		return CFI_BAD;
	/* The root has no return address, whether or not its frame can be computed. */
	r = caller_register(&e, frame, ra, &value, &slot);
	if (r == CFI_ROOT)
		return r;
	r = expr_evaluate(&e, ops, n);
	if (r || !e.n)
		return r ? r : CFI_BAD;
	cfa = e.stack[e.n - 1];
	e.cfa = &cfa;
	r = caller_register(&e, frame, ra, &step.pc, &step.pc_slot);
	if (r)
		return r;
	for (int i = 0; i < REGS_N; i++)
		if (caller_register(&e, frame, i, &value, &slot) == CFI_OK)
			regs_set(&step.caller, i, value);
	/* Where the tables say nothing of it, the caller's stack pointer is the frame's address. */
	if (!regs_known(&step.caller, REG_SP))
		regs_set(&step.caller, REG_SP, cfa);
	step.pc = cfi_code_address(step.pc);
	*ret = step;
	return CFI_OK;
}

bool cfi_is_signal(struct elf_file *f, uint64_t addr)
{
	Dwarf_Frame *frame = elf_file_frame(f, addr, false);
	bool signal = false;

	return frame && dwarf_frame_info(frame, NULL, NULL, &signal) >= 0 && signal;
}
