/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PARSER_EXPR_H
#define PARSER_EXPR_H

/*
 * DWARF expressions of unwind tables: where a register's value is, or what it
 * is, from the registers and memory of a frame. Bounded in depth and steps.
 */
#include <elfutils/libdw.h>

#include "regs.h"

#define EXPR_STACK 32

struct expr {
	const struct regs *regs;
	struct memory *memory;
	const uint64_t *cfa; /* NULL: not known yet */
	uint64_t stack[EXPR_STACK];
	unsigned int n;
	bool is_value;	 /* DW_OP_stack_value: the result is no address */
	int in_register; /* the result is in this register, -1: it is not */
};

/* The result is stack[n - 1], or in_register. */
enum cfi_result expr_evaluate(struct expr *e, const Dwarf_Op *ops, size_t n_ops);

#endif
