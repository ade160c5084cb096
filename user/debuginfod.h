/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DEBUGINFOD_H
#define DEBUGINFOD_H

/*
 * Debug files from servers that know them by build-id, as gdb has them, by the
 * same client with the same settings and the same cache (debuginfod(7)). For a
 * desk: what watches a machine fetches nothing.
 */
struct debuginfod;

/* Returns NULL, or why it cannot be: the library or DEBUGINFOD_URLS is missing. */
const char *debuginfod_new(struct debuginfod **ret);
void debuginfod_free(struct debuginfod *d); /* NULL is fine */

/*
 * A descriptor of what a server calls the debug file of this build-id (in hex),
 * or -ENOENT. After an error other than that none has it, which is said on
 * stderr, no server is asked again.
 */
int debuginfod_open(struct debuginfod *d, const char *build_id);

#endif
