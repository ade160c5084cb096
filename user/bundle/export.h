/* SPDX-License-Identifier: GPL-2.0 */
#ifndef BUNDLE_EXPORT_H
#define BUNDLE_EXPORT_H

/* Reports of a spool, and what is known of their machine, into a bundle. */
#include <jansson.h>

#include "../service/spool_select.h"
#include "../packing/pack.h"

#define EXPORT_TRACES 16

struct export_asked {
	const char *spool;
	struct spool_select select;
	const char *traces[EXPORT_TRACES + 1]; /* files, ended by NULL */
	bool redact;
	json_t *doctor; /* what it says; NULL: it was not asked */
};

struct export_count {
	size_t reports, traces;
	size_t broken; /* reports that could not be read: each was told */
};

/*
 * Writes it to fd. Returns 0, or -errno after one line on stderr that says what
 * failed; -EIO and the like of fd itself are for the caller to tell, who knows
 * its name: then *ret_output is set.
 */
int export_write(const struct export_asked *a, int fd, enum packing by, struct export_count *ret,
		 bool *ret_output);

#endif
