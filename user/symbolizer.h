/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SYMBOLIZER_H
#define SYMBOLIZER_H

/*
 * Names for the frames of reports that were made where the names are not: by
 * build-id and ELF address, from files that somebody has brought together.
 * Nothing but the frames changes: the signature of a report stays what the
 * machine that made it said, named or not.
 */
#include "core/engine.h"
#include "core/report.h"
#include "debug_index.h"

struct symbolizer;

/* Returns 0 or -ENOMEM. index and parser must live as long. */
int symbolizer_new(struct debug_index *index, struct parser_files *parser, struct symbolizer **ret);
void symbolizer_free(struct symbolizer *s); /* NULL is fine */

/*
 * Fills *ret with the report, its frames named as far as they can be. What has a
 * file and a line
 * already is left as it is, and so is a symbol. Belongs to s until the next
 * call, and to the report that was given. Returns 0 or -errno.
 */
int symbolizer_name(struct symbolizer *s, const struct report *r, struct report *ret);

/* One line on stderr for each module of which nothing, or no file and line, was found. */
void symbolizer_summary(const struct symbolizer *s);

/* Makes *ret pass everything to to, reports with their frames named; *to must live as long. */
void symbolizer_out(struct symbolizer *s, const struct engine_out *to, struct engine_out *ret);

#endif
