/* SPDX-License-Identifier: GPL-2.0 */
#ifndef REPORT_HTML_TEXT_H
#define REPORT_HTML_TEXT_H

#include <stdio.h>

/* Text as HTML, also within quotes of attributes. What is not fit to be shown is shown as \xNN. */
void html_escaped(FILE *out, const char *s);

#endif
