// SPDX-License-Identifier: GPL-2.0
#include <dwarf.h>

#include "expr.h"

#define EXPR_STEPS 256

static enum cfi_result push(struct expr *e, uint64_t value)
{
	if (e->n == EXPR_STACK)
		return CFI_BAD;
	e->stack[e->n++] = value;
	return CFI_OK;
}

static enum cfi_result push_register(struct expr *e, uint64_t number, uint64_t offset)
{
	if (number >= REGS_N)
		return CFI_BAD;
	if (!regs_known(e->regs, number))
		return CFI_NEEDS_REGISTER;
	return push(e, e->regs->v[number] + offset);
}

static enum cfi_result deref(struct expr *e, uint64_t size)
{
	uint64_t word;

	if (!e->n || !size || size > 8)
		return CFI_BAD;
	if (memory_word(e->memory, e->stack[e->n - 1], &word))
		return CFI_NO_MEMORY;
	e->stack[e->n - 1] = size == 8 ? word : word & ((1ull << 8 * size) - 1);
	return CFI_OK;
}

static enum cfi_result unary(struct expr *e, const Dwarf_Op *op)
{
	uint64_t *top;

	if (!e->n)
		return CFI_BAD;
	top = &e->stack[e->n - 1];
	switch (op->atom) {
	case DW_OP_abs:
		*top = (int64_t)*top < 0 ? -*top : *top;
		break;
	case DW_OP_neg:
		*top = -*top;
		break;
	case DW_OP_not:
		*top = ~*top;
		break;
	case DW_OP_plus_uconst:
		*top += op->number;
		break;
	default:
		return CFI_BAD;
	}
	return CFI_OK;
}

static enum cfi_result binary(struct expr *e, uint8_t atom)
{
	uint64_t a, b;

	if (e->n < 2)
		return CFI_BAD;
	b = e->stack[--e->n];
	a = e->stack[e->n - 1];
	switch (atom) {
	case DW_OP_and:
		a &= b;
		break;
	case DW_OP_or:
		a |= b;
		break;
	case DW_OP_xor:
		a ^= b;
		break;
	case DW_OP_plus:
		a += b;
		break;
	case DW_OP_minus:
		a -= b;
		break;
	case DW_OP_mul:
		a *= b;
		break;
	case DW_OP_shl:
		a = b < 64 ? a << b : 0;
		break;
	case DW_OP_shr:
		a = b < 64 ? a >> b : 0;
		break;
	case DW_OP_eq:
		a = a == b;
		break;
	case DW_OP_ne:
		a = a != b;
		break;
	case DW_OP_ge:
		a = (int64_t)a >= (int64_t)b;
		break;
	case DW_OP_gt:
		a = (int64_t)a > (int64_t)b;
		break;
	case DW_OP_le:
		a = (int64_t)a <= (int64_t)b;
		break;
	case DW_OP_lt:
		a = (int64_t)a < (int64_t)b;
		break;
	default:
		return CFI_BAD;
	}
	e->stack[e->n - 1] = a;
	return CFI_OK;
}

static enum cfi_result shuffle(struct expr *e, const Dwarf_Op *op)
{
	uint64_t depth = op->atom == DW_OP_dup ? 0 : op->atom == DW_OP_over ? 1 : op->number;
	uint64_t swap;

	switch (op->atom) {
	case DW_OP_drop:
		if (!e->n)
			return CFI_BAD;
		e->n--;
		return CFI_OK;
	case DW_OP_swap:
		if (e->n < 2)
			return CFI_BAD;
		swap = e->stack[e->n - 1];
		e->stack[e->n - 1] = e->stack[e->n - 2];
		e->stack[e->n - 2] = swap;
		return CFI_OK;
	default: /* dup, over, pick */
		return depth < e->n ? push(e, e->stack[e->n - 1 - depth]) : CFI_BAD;
	}
}

/* Where a jump of the expression leads: an index, or n_ops for its end; -1: nowhere. */
static long jump_target(const Dwarf_Op *ops, size_t n_ops, size_t i)
{
	uint64_t to = ops[i].offset + 3 + (int64_t)(int16_t)ops[i].number;

	for (size_t k = 0; k < n_ops; k++)
		if (ops[k].offset == to)
			return k;
	return to > ops[n_ops - 1].offset ? (long)n_ops : -1;
}

static enum cfi_result one_op(struct expr *e, const Dwarf_Op *op)
{
	uint8_t a = op->atom;

	if (a >= DW_OP_lit0 && a <= DW_OP_lit31)
		return push(e, a - DW_OP_lit0);
	if (a >= DW_OP_breg0 && a <= DW_OP_breg31)
		return push_register(e, a - DW_OP_breg0, op->number);
	if (a >= DW_OP_reg0 && a <= DW_OP_reg31) {
		e->in_register = a - DW_OP_reg0;
		return CFI_OK;
	}
	if (a == DW_OP_addr || (a >= DW_OP_const1u && a <= DW_OP_consts))
		return push(e, op->number);
	switch (a) {
	case DW_OP_nop:
		return CFI_OK;
	case DW_OP_regx:
		e->in_register = op->number < REGS_N ? (int)op->number : -1;
		return op->number < REGS_N ? CFI_OK : CFI_BAD;
	case DW_OP_bregx:
		return push_register(e, op->number, op->number2);
	case DW_OP_call_frame_cfa:
		return e->cfa ? push(e, *e->cfa) : CFI_BAD;
	case DW_OP_deref:
		return deref(e, 8);
	case DW_OP_deref_size:
		return deref(e, op->number);
	case DW_OP_stack_value:
		e->is_value = true;
		return CFI_OK;
	case DW_OP_dup:
	case DW_OP_over:
	case DW_OP_pick:
	case DW_OP_drop:
	case DW_OP_swap:
		return shuffle(e, op);
	case DW_OP_abs:
	case DW_OP_neg:
	case DW_OP_not:
	case DW_OP_plus_uconst:
		return unary(e, op);
	default:
		return binary(e, a);
	}
}

enum cfi_result expr_evaluate(struct expr *e, const Dwarf_Op *ops, size_t n_ops)
{
	size_t i = 0;

	e->n = 0;
	e->is_value = false;
	e->in_register = -1;
	for (int steps = 0; i < n_ops; steps++) {
		enum cfi_result r = CFI_OK;
		bool jump = ops[i].atom == DW_OP_skip;

		if (steps == EXPR_STEPS)
			return CFI_BAD;
		if (ops[i].atom == DW_OP_bra) {
			if (!e->n)
				return CFI_BAD;
			jump = e->stack[--e->n] != 0;
		} else if (!jump) {
			r = one_op(e, &ops[i]);
		}
		if (r)
			return r;
		if (jump) {
			long to = jump_target(ops, n_ops, i);

			if (to < 0)
				return CFI_BAD;
			i = to;
		} else {
			i++;
		}
	}
	return e->n || e->in_register >= 0 ? CFI_OK : CFI_BAD;
}
