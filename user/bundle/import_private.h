/* SPDX-License-Identifier: GPL-2.0 */
#ifndef BUNDLE_IMPORT_PRIVATE_H
#define BUNDLE_IMPORT_PRIVATE_H

/* What the files of the import share. */
#include "import.h"
#include "import_files.h"

struct importer {
	const struct import_asked *asked;
	const char *name; /* of the file, for messages */
	struct tar tar;
	struct import_place place, traces;
	json_t *first;		   /* bundle.json */
	struct bundle_items had;   /* what is safe here now */
	struct bundle_items items; /* contents.json */
	bool last;		   /* it was there */
	size_t n[3];		   /* by enum import_end */
	size_t n_traces, broken, foreign;
	bool output; /* what failed is the writing */
};

/* One line on stderr, of the first. */
void import_tell_broken(struct importer *x, const char *entry, const char *why);

/*
 * All entries of the archive. Returns 0, or -errno: of tar_next(); -EMEDIUMTYPE:
 * it is no bundle; -EPROTONOSUPPORT: of a newer one; or of writing, then output
 * is set.
 */
int import_take_all(struct importer *x);

#endif
