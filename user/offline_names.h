/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OFFLINE_NAMES_H
#define OFFLINE_NAMES_H

/* A symbolizer as the options of a command want it. */
#include "options/options.h"
#include "symbolizer.h"

struct offline_names {
	char *text;	   /* what was given with --debug-dir, cut up */
	const char **dirs; /* ended by NULL */
	struct parser_files *parser;
	struct debug_index *index;
	struct debuginfod *debuginfod; /* NULL: nothing is fetched */
	struct symbolizer *symbolizer;
};

/*
 * Each --debug-dir may be several, with colons between; /usr/lib/debug is
 * looked at last, if there is one. Returns 0, or an exit status after one line
 * on stderr.
 */
int offline_names_open(const struct options *o, struct offline_names *ret);
void offline_names_close(struct offline_names *n);

#endif
