/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DEBUG_INDEX_H
#define DEBUG_INDEX_H

/*
 * Programs, libraries and debug files that somebody has brought together in
 * directories, by build-id. What lies where debuggers look for it
 * (DIR/.build-id/xx/yyyy.debug) is opened straight away; for the rest all
 * files below the directories are read once. A file counts only by the
 * build-id in itself, never by its name.
 */
#include <stddef.h>

struct debug_index;
struct debuginfod;
struct parser_files;

/*
 * dirs ends with NULL; their strings, and the parser, must live as long. Returns 0, -ENOMEM, or
 * the -errno of a directory that cannot be read, with *ret_bad set to it.
 */
int debug_index_new(const char *const *dirs, struct parser_files *parser, struct debug_index **ret,
		    const char **ret_bad);
void debug_index_free(struct debug_index *x); /* NULL is fine */

/* What is not in the directories is fetched from there; it must live as long. */
void debug_index_fetch(struct debug_index *x, struct debuginfod *from);

/* A descriptor of the nth file (0, 1, ...) of this build-id, best first; -ENOENT: no more. */
int debug_index_open(struct debug_index *x, const char *build_id, size_t nth);

#endif
