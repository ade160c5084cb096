/* SPDX-License-Identifier: GPL-2.0 */
#ifndef BUNDLE_ACK_H
#define BUNDLE_ACK_H

/*
 * An acknowledgement: which reports, and which state of them, are safe with
 * whoever imported a bundle. It says nothing that only its bundle did not say,
 * so nobody can make one for reports that he has not had.
 */
#include "bundle.h"

/* Writes one, whole or not at all. Returns 0 or -errno. */
int ack_write(const char *path, const char *bundle, const json_t *host,
	      const struct bundle_items *items);

struct ack_count {
	char bundle[BUNDLE_ID];
	size_t removed, changed, gone;
	size_t unsure; /* without a digest */
};

/*
 * Removes from the spool what was acknowledged, if it is still as it was.
 * Returns 0, or an exit status after one line on stderr.
 */
int ack_apply(const char *path, const char *spool, struct ack_count *ret);

#endif
