/* SPDX-License-Identifier: GPL-2.0 */
#ifndef REPORT_TEXT_PARTS_H
#define REPORT_TEXT_PARTS_H

/* The parts of a text report: who waits for whom, and the stacks. */
#include "render.h"

int text_chains(struct render *out, const struct report *r); /* 0 or -ENOMEM */
void text_stacks(struct render *out, const struct report *r);
void text_stack(struct render *out, const struct report *r, size_t stack); /* its frames alone */
void text_stack_owners(struct render *out, const struct report *r, size_t stack);

/* Colours: nothing is printed where they are off. */
enum style { STYLE_NONE, STYLE_ALARM, STYLE_ROOT, STYLE_GOOD, STYLE_FAINT, STYLE_STRONG };
const char *text_on(const struct render *out, enum style style);
const char *text_off(const struct render *out);

#endif
