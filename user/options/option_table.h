/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OPTION_TABLE_H
#define OPTION_TABLE_H

/*
 * The options, each in one row: what getopt takes and what --help says are
 * made of it; the manual page and the completion are held against it by a test.
 */
#include <getopt.h>
#include <stddef.h>
#include <stdio.h>

#include "options.h"

#define OPTION_ROWS_MAX 64

enum {
	OPT_ONCE = 256,
	OPT_INCLUDE_PARKED,
	OPT_VIA,
	OPT_UPROBES,
	OPT_RECORD,
	OPT_COLOR,
	OPT_NO_CHILDREN,
	OPT_COMM,
	OPT_UNIT,
	OPT_CGROUP,
	OPT_ONLY,
	OPT_IGNORE,
	OPT_DEBUG,
	OPT_DEBUG_DIR,
	OPT_DEBUGINFOD,
	OPT_SPOOL,
	OPT_SPOOL_LIMITS,
	OPT_METRICS_FILE,
	OPT_SPOOL_COMPRESS,
	OPT_BUDGET,
	OPT_MAP_SIZES,
	OPT_CONFIG
};

struct option_row {
	const char *name;
	int opt;	   /* what getopt returns: a letter, if there is a short one */
	const char *value; /* "PID"; NULL: takes none */
	unsigned int sets; /* which commands take it, as bits */
	const char *help;  /* NULL: for our own tests, and told to nobody */
};

extern const struct option_row option_rows[];
extern const size_t n_option_rows;

/* May it be given several times, and counts each time? */
bool option_repeats(const struct option_row *row);

/*
 * Has it a key of the same name in a configuration file? Every option of the
 * watch has, but for those about the command line itself.
 */
bool option_has_key(const struct option_row *row);

/* NULL if there is none of that name, of n bytes. */
const struct option_row *option_by_name(const char *name, size_t n);

/* What getopt_long() wants: the long ones, the short ones. */
void option_table_getopt(enum option_set set, struct option table[OPTION_ROWS_MAX + 1],
			 char shorts[2 * OPTION_ROWS_MAX + 2]);

/* A line each. */
void option_table_help(FILE *out);

#endif
