/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_PARSER_FILES_H
#define OS_PARSER_FILES_H

/*
 * Asking the parser about files that belong to no process. It works without any
 * right, and without the rest of struct os.
 */
#include <stddef.h>

#include "../parser/question.h"

struct parser_files;

/* Starts nothing yet. Returns 0 or -ENOMEM. */
int parser_files_new(struct parser_files **ret);
void parser_files_free(struct parser_files *p); /* NULL is fine */

/*
 * Names for ELF addresses of the program, library or separate debug file behind
 * fd, which stays open; at most PARSER_FRAMES of them. Fills *ret with those that
 * were found, also if it did not get to the end. Returns 0 or -errno: -ENOEXEC, it
 * is none of these.
 */
int parser_files_names(struct parser_files *p, int fd, const struct parser_at *at, size_t n,
		       struct parser_names *ret);

/* Its build-id in hex. 0 or -errno: -ENOEXEC, no ELF file; -ENOENT, it has none. */
int parser_files_build_id(struct parser_files *p, int fd, char ret[PARSER_BUILD_ID]);

/* As parser_failed(). */
const char *parser_files_failed(const struct parser_files *p);

#endif
