/* SPDX-License-Identifier: GPL-2.0 */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

/*
 * The page of each rule, for who wants to know what a report means: the files
 * docs/rules/RULE.md as they are, embedded. They are Markdown, but of that
 * no more than
 *
 *	# RULE: one line		at the beginning
 *	## Heading
 *	* item, goes on with two blanks
 *	```				a drawing or commands, to the next ```
 *	`a word of code`
 */
#include "render.h"

struct page {
	const char *rule;
	const char *text;
};

/* By rule, in the order of the alphabet; a rule of NULL ends them. */
extern const struct page rule_pages[];

/* The page of that rule, or NULL. */
const struct page *page_find(const char *rule);

/* What stands behind "# RULE: ", and how long it is. */
const char *page_title(const struct page *p, size_t *ret_n);

/* The whole page for people, without its marks; with out->options.color they become colours. */
void page_print(const struct render *out, const struct page *p);

#endif
