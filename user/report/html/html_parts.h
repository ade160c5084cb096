/* SPDX-License-Identifier: GPL-2.0 */
#ifndef REPORT_HTML_PARTS_H
#define REPORT_HTML_PARTS_H

/*
 * The parts of an HTML page. Its styles are allowed by their hash and nothing
 * else is: no script, no image, no style attribute works in it.
 */
#include "html_text.h"
#include "../page.h"
#include "picture.h"

/* html.css as it is, and its SHA-256 in base64. */
extern const char html_style[], html_style_sha256[];

/* Of each section in the page, what the list of all stalls at its top says. */
struct html_overview;
int html_overview_new(struct html_overview **ret); /* 0 or -ENOMEM */
int html_overview_add(struct html_overview *o, const struct report *r);
void html_overview_write(FILE *out, struct html_overview *o); /* once */
void html_overview_free(struct html_overview *o);

/* A report as a section of the page, of that number. 0 or -ENOMEM. */
int html_section(FILE *out, const struct report *r, size_t section, bool whole);

/* "<svg>": the wait-for graph. */
void html_graph(FILE *out, const struct picture *p, size_t section);

/* The same in words, a step for each resource. 0 or -ENOMEM. */
int html_steps(FILE *out, const struct picture *p, size_t section);

/* When each wait began, as bars. 0 or -ENOMEM. */
int html_times(FILE *out, const struct picture *p);

/* The stacks, each folded. */
void html_stacks(FILE *out, const struct report *r, size_t section);

/* A page of docs/rules, without its title; its headings are <h4>. */
void html_rule_page(FILE *out, const struct page *page);

/* "not seen: stack-failed 2" */
void html_losses(FILE *out, const struct fact_lost *lost, size_t n);

#endif
