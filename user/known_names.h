/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KNOWN_NAMES_H
#define KNOWN_NAMES_H

/*
 * Names of addresses of files that are known by their build-id alone. What was
 * asked is remembered, for reports of one program are about the same places.
 */
#include <stddef.h>
#include <stdint.h>

#include "debug_index.h"
#include "os/parser_files.h"

struct known_names;

#define KNOWN_INLINED 8

struct known_inlined {
	const char *symbol;
	const char *file; /* NULL: not known */
	uint32_t line;
};

struct known_name {
	const char *symbol; /* NULL: not known */
	const char *file;   /* NULL: not known */
	uint64_t symbol_offset;
	uint32_t line;
	uint32_t n_inlined; /* functions that are in this one here, innermost first */
	struct known_inlined inlined[KNOWN_INLINED];
};

/* Returns 0 or -ENOMEM. index and parser must live as long. */
int known_names_new(struct debug_index *index, struct parser_files *parser,
		    struct known_names **ret);
void known_names_free(struct known_names *k); /* NULL is fine */

/*
 * First all addresses that are wanted, each any number of times; then one
 * known_names_ask(); then they can be found, until the next known_names_want().
 * name is what the file is called where it was seen. Return 0 or -errno.
 */
int known_names_want(struct known_names *k, const char *build_id, const char *name,
		     const struct parser_at *at);
int known_names_ask(struct known_names *k);
const struct known_name *known_names_find(const struct known_names *k, const char *build_id,
					  const struct parser_at *at);

/* Lines of this file have come by another way: that it has none need not be said. */
int known_names_has_lines(struct known_names *k, const char *build_id, const char *name);

/* One line on stderr for each file that was not found, or that has no lines. */
void known_names_summary(const struct known_names *k);

#endif
