/* SPDX-License-Identifier: GPL-2.0 */
#ifndef REPORT_METRICS_TALLY_H
#define REPORT_METRICS_TALLY_H

/*
 * Counts stalls by rule and unit, as they are told of. The unit is that of the
 * root blocker; of a deadlock, of its first thread. A number of units is kept,
 * all later ones are "other": who stores the numbers pays for each.
 */
#include "metrics.h"

#define TALLY_UNITS_MAX 64
#define TALLY_PAIRS_MAX 512

struct tally;

int tally_new(struct tally **ret); /* 0 or -ENOMEM */
void tally_free(struct tally *t);  /* NULL is fine */

/* Returns 0 or -ENOMEM. */
int tally_report(struct tally *t, const struct report *r);

/* One that is open, and was told of by an earlier watch: it is not counted as told. The same. */
int tally_kept(struct tally *t, const struct report *r);

/* Fills in what is of stalls and reports; valid until the next call. */
void tally_fill(struct tally *t, uint64_t now_ns, struct metrics *ret);

/* Changes whenever stalls_open or stalls_total do. */
uint64_t tally_version(const struct tally *t);

#endif
