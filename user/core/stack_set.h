/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_STACK_SET_H
#define CORE_STACK_SET_H

/* The different stacks of a report: threads with the same one share it. */
#include "report.h"
#include "table.h"

struct arena;

struct stack_set {
	struct arena *arena; /* of the copies */

	/* private */
	struct report_stack *all;
	size_t n, cap;
	struct table by_content;
};

/* Adds a copy of a stack unless it is there; sets *ret to its index, REPORT_NONE for NULL. */
int stack_set_add(struct stack_set *s, const struct fact_stack *stack, size_t *ret);

/* All of them, in the arena. Returns 0 or -ENOMEM. */
int stack_set_done(struct stack_set *s, const struct report_stack **ret, size_t *ret_n);
void stack_set_free(struct stack_set *s);

#endif
