/* SPDX-License-Identifier: GPL-2.0 */
#ifndef REPORT_METRICS_HOOKS_H
#define REPORT_METRICS_HOOKS_H

/* Rows of metrics about hooks: which are on, which are off, what they cost. */
#include <stdbool.h>
#include <stdio.h>

#include "metric_row.h"

void metrics_put_hooks(FILE *out, const struct metric_row *row, const void *all);
void metrics_put_n_hooks(FILE *out, const struct metric_row *row, const void *all);

/* row->at: of the number in struct metrics_hook. */
void metrics_put_costs(FILE *out, const struct metric_row *row, const void *all);
void metrics_put_off(FILE *out, const struct metric_row *row, const void *all);
bool metrics_has_costs(const void *all);

#endif
