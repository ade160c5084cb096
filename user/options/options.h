/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "../core/silence.h"
#include "../service/spool_form.h"
#include "../service/spool_limits.h"
#include "../ways/map_sizes.h"

#define DEBUG_DIRS_MAX 16

enum uprobes { UPROBES_AUTO, UPROBES_ON, UPROBES_OFF };

struct config;

/* What the user asked for. Strings point into argv or *config; options_free() frees the rest. */
struct options {
	pid_t pid;	    /* 0: the whole system */
	const char *comm;   /* ... or those so called */
	const char *unit;   /* ... or those of a unit or container */
	const char *cgroup; /* ... or those of a control group */
	bool children;
	bool once;
	bool include_parked;
	uint64_t threshold_ns;
	uint64_t duration_ns; /* 0: until interrupted */
	const char *via;      /* NULL: the best that works */
	enum uprobes uprobes;
	uint64_t budget_ppm; /* of a CPU, for the hooks; 0: any */
	bool budget_given;   /* otherwise it depends on what is watched */
	struct map_sizes map_sizes;
	const char *format; /* "text", ... */
	const char *output; /* NULL: standard output */
	const char *record; /* NULL: none */
	const char *spool;  /* directory that keeps the reports; NULL: none */
	struct spool_limits spool_limits;
	const char *metrics_file; /* NULL: none */
	enum spool_form spool_compress;
	const char *color; /* "auto", "always", "never" */
	const char *file;  /* replay: the trace; symbolize: the report, "-": standard input */
	const char *debug_dirs[DEBUG_DIRS_MAX + 1]; /* as given; ended by NULL */
	bool debuginfod;			    /* replay, symbolize: fetch what is not there */
	struct filters filters;			    /* --only and --ignore */
	struct config *config;			    /* --config; NULL: none */
	bool help;
	bool version;
	bool force_kprobe; /* tests: as if fentry were refused */
	bool detach_hooks; /* tests: hooks loaded, but attached to nothing */
};

/* Which of them a subcommand takes. */
enum option_set { OPTIONS_WATCH, OPTIONS_REPLAY, OPTIONS_SYMBOLIZE };

/*
 * Returns 0 and fills *ret, or -EINVAL after one line on stderr that says what
 * to do.
 */
int options_parse(int argc, char **argv, enum option_set set, struct options *ret);
void options_free(struct options *o);

/* As if nothing had been asked for. */
struct options options_default(enum option_set set);

/*
 * What each option on its own allows, but not together: returns NULL, or what is
 * wrong.
 */
const char *options_conflict(const struct options *o, enum option_set set);

#endif
