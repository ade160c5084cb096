/* SPDX-License-Identifier: GPL-2.0 */
#ifndef BUNDLE_IMPORT_H
#define BUNDLE_IMPORT_H

/*
 * A bundle into files. It comes from a stranger: nothing is written but under
 * names of our own shape into the directory that was asked for, nothing but whole
 * reports, and not more than was allowed.
 */
#include <stdbool.h>
#include <stdint.h>

#define IMPORT_BYTES_DEFAULT (1ULL << 30) /* of all that is in it, unpacked */

struct import_asked {
	const char *dir;   /* a directory for each device below it; NULL: spool */
	const char *spool; /* the reports alone, all in there */
	const char *ack;   /* where to write it; NULL: beside the reports */
	uint64_t max_bytes;
};

/* Takes fd over. Returns an exit status, after one line on stderr if it is not 0. */
int import_bundle(const struct import_asked *a, int fd, const char *name);

#endif
