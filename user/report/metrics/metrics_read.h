/* SPDX-License-Identifier: GPL-2.0 */
#ifndef REPORT_METRICS_READ_H
#define REPORT_METRICS_READ_H

/* Reads Prometheus's text format: as much of it as metric_row.h writes. */
#include <stddef.h>
#include <stdint.h>

#define SAMPLE_LABELS_MAX 4

struct sample {
	const char *name;
	size_t n_labels;
	struct {
		const char *name, *value;
	} labels[SAMPLE_LABELS_MAX];
	double value;
};

/* The value of that label, or "". */
const char *sample_label(const struct sample *s, const char *name);

/*
 * Calls fn for each sample; what it gets is valid during the call only. text is
 * changed. Returns 0, or -EBADMSG and in *ret_line the first line that is none.
 */
int metrics_read(char *text, size_t n, void (*fn)(void *ctx, const struct sample *s), void *ctx,
		 size_t *ret_line);

#endif
