/* SPDX-License-Identifier: GPL-2.0 */
#ifndef REPORT_HTML_GRAPH_H
#define REPORT_HTML_GRAPH_H

#include <stdio.h>

#include "../../core/report.h"

/* The wait-for graph as inline SVG: who waits on the left, the root on the right. 0 or -ENOMEM. */
int html_graph(FILE *out, const struct report *r);

#endif
