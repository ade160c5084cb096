/* SPDX-License-Identifier: GPL-2.0 */
#ifndef REPORT_HTML_TEXT_H
#define REPORT_HTML_TEXT_H

#include <stddef.h>
#include <stdio.h>

/*
 * Text as HTML, also within quotes of attributes. What is not fit to be shown is shown as \xNN,
 * and what is not known (NULL) as "?".
 */
void html_escaped(FILE *out, const char *s);

/* The same of s[0] to s[n - 1], at most. */
void html_escaped_n(FILE *out, const char *s, size_t n);

/* "<TAG>text</TAG>" */
void html_tagged(FILE *out, const char *tag, const char *text);

/* A stranger's word: however it is written, what stands around it stays where it is. */
void html_name(FILE *out, const char *name);

/* As much of it as there is room for, in columns of a terminal, then "...". */
void html_clipped(FILE *out, const char *s, size_t columns);

#endif
