/* SPDX-License-Identifier: GPL-2.0 */
#ifndef REPORT_HTML_TEXT_H
#define REPORT_HTML_TEXT_H

#include <stdio.h>

/* Text as HTML. */
void html_escaped(FILE *out, const char *s);

#endif
