/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_SILENCE_COUNTS_H
#define CORE_SILENCE_COUNTS_H

/*
 * How many stalls each filter kept back: one count for all --only, the first, then one
 * for each --ignore that there ever was. Filters come and go, what they kept back stays
 * counted.
 */
#include "report.h"
#include "silence.h"

struct silence_counts {
	struct report_silenced *all;
	size_t n, cap;
	size_t *of_ignore; /* index in all of each --ignore of now */
};

/* Zeroed before the first. Returns 0, or -ENOMEM and all is as it was. */
int silence_counts_set(struct silence_counts *c, const struct filters *filters);
void silence_counts_free(struct silence_counts *c);

#endif
