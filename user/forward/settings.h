/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FORWARD_SETTINGS_H
#define FORWARD_SETTINGS_H

/*
 * What is asked of `locktrace forward`: long options, and the same as keys of its
 * configuration (config.h), from one table.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../options/config.h"

#define FORWARD_STATE_DEFAULT "/var/lib/locktrace-forward"

struct settings {
	const char *spool;
	const char *state;	  /* the directory of the cursors */
	const char *metrics_file; /* NULL: not wanted */
	bool journal, journal_redact;

	const char *otlp;					   /* URL; NULL: not wanted */
	const char *otlp_headers, *otlp_ca, *otlp_cert, *otlp_key; /* files; NULL: none */
	bool otlp_gzip, otlp_redact;
	uint64_t otlp_timeout_ns;

	uint64_t batch_reports, batch_bytes;
	uint64_t retry_min_ns, retry_max_ns;

	bool once;
	bool check; /* the configuration, and no more */
	bool help;
	struct config *config; /* NULL: no file; strings may point into it */
};

/* Returns 0, or -EINVAL after messages. settings_free() is needed after 0. */
int settings_parse(int argc, char **argv, struct settings *ret);
void settings_free(struct settings *s);

void settings_help(void);

/* Their rows, for the tests that hold the manual against them: the i-th, or NULL. */
const struct option_row *settings_row(size_t i);

#endif
