// SPDX-License-Identifier: GPL-2.0
#include "settings.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "../message.h"
#include "../options/option_values.h"
#include "settings_values.h"

enum { OPT_FIRST = 1024, OPT_CONFIG_FILE = 2048, OPT_HELP, OPT_CHECK };

#define IS_KEY 1U /* in option_row.sets: it may stand in a file */

#define ROW(name, i, value, help)                                                                  \
	{                                                                                          \
		name, OPT_FIRST + (i), value, IS_KEY, help                                         \
	}

/* In the order of setting_kinds[] (settings_values.c). */
static const struct option_row rows[] = {
	ROW("spool", 0, "DIR", "the reports: where --spool of the watch keeps them"),
	ROW("state", 1, "DIR", "where it keeps what was sent already"),
	ROW("journal", 2, NULL, "deliver to the journal of this machine"),
	ROW("otlp", 3, "URL", "... to an OpenTelemetry Collector, by OTLP/HTTP"),
	ROW("otlp-headers", 4, "FILE", "... with these headers, a line \"Name: value\" each"),
	ROW("otlp-ca", 5, "FILE", "... whose certificate is signed by one of these"),
	ROW("otlp-cert", 6, "FILE", "... showing this certificate of ours"),
	ROW("otlp-key", 7, "FILE", "... with this key"),
	ROW("otlp-compression", 8, "HOW", "gzip or none"),
	ROW("otlp-timeout", 9, "TIME", "a request that takes longer has failed (default 30s)"),
	ROW("batch-reports", 10, "N", "so many reports at once at most (default 100)"),
	ROW("batch-bytes", 11, "BYTES", "... and so much, if more than one (default 1M)"),
	ROW("retry-min", 12, "TIME", "after a failure wait so long, then ever longer (default 1s)"),
	ROW("retry-max", 13, "TIME", "... up to that (default 5m)"),
	ROW("otlp-redact", 14, "WHETHER",
	    "yes or no: leave names out of what goes there (default yes)"),
	ROW("journal-redact", 15, "WHETHER", "... and there (default no)"),
	ROW("once", 16, NULL, "deliver what there is, then exit"),
	ROW("metrics-file", 17, "FILE", "keep numbers there, for Prometheus and locktrace status"),
	{"config", OPT_CONFIG_FILE, "FILE", 0, "read options from there and from FILE.d/*.conf"},
	{"check", OPT_CHECK, NULL, 0, "say what is wrong with the options, and no more"},
	{"help", OPT_HELP, NULL, 0, "this page"},
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

const struct option_row *settings_row(size_t i)
{
	return i < N_ROWS ? &rows[i] : NULL;
}

static const struct option_row *key(const char *name, size_t n)
{
	for (size_t i = 0; i < N_ROWS; i++) {
		if (rows[i].sets & IS_KEY && strlen(rows[i].name) == n &&
		    memcmp(rows[i].name, name, n) == 0)
			return &rows[i];
	}
	return NULL;
}

static int set(struct settings *s, const struct option_row *row, const char *value,
	       char why[OPTION_WHY_MAX])
{
	return setting_set(s, (size_t)(row->opt - OPT_FIRST), value, why);
}

/* Each setting on its own, with its line; then those that count. */
static int apply(struct settings *s, const char *path)
{
	static const struct config_kind kind = {key, "locktrace-forward(8)"};
	char why[OPTION_WHY_MAX];
	size_t n = 0;

	if (config_read_kind(path, &kind, &s->config) != 0) {
		error_line("out of memory");
		return -EINVAL;
	}
	for (size_t i = 0; i < s->config->n_settings; i++) {
		const struct config_setting *one = &s->config->settings[i];
		struct settings alone = settings_default();

		if (!*one->value)
			continue;
		if (set(config_counts(s->config, i) ? s : &alone, one->row, one->value, why) != 0) {
			error_line("%s:%u: %s = %.200s: %s", one->file, one->line, one->row->name,
				   one->value, why);
			n++;
		}
	}
	return config_print_errors(s->config) + n ? -EINVAL : 0;
}

static int next_option(int argc, char **argv, bool first)
{
	struct option table[N_ROWS + 1] = {0};

	for (size_t i = 0; i < N_ROWS; i++)
		table[i] = (struct option){rows[i].name,
					   rows[i].value ? required_argument : no_argument, NULL,
					   rows[i].opt};
	if (first)
		optind = 0;
	return getopt_long(argc, argv, ":h", table, NULL);
}

/* The files first, as the command line wins: so it is gone over twice. */
static int parse_pass(int argc, char **argv, struct settings *s, bool files)
{
	char why[OPTION_WHY_MAX];
	int opt = next_option(argc, argv, true);

	for (; opt != -1; opt = next_option(argc, argv, false)) {
		if (opt == '?' || opt == ':') {
			error_line(opt == ':' ? "%s needs a value: see locktrace forward --help"
					      : "%s is not an option: see locktrace forward --help",
				   argv[optind - 1]);
			return -EINVAL;
		}
		s->help |= opt == OPT_HELP || opt == 'h';
		s->check |= opt == OPT_CHECK;
		if (opt == OPT_CONFIG_FILE && files && (s->config || apply(s, optarg) != 0))
			return -EINVAL;
		if (files || opt < OPT_FIRST || opt >= OPT_CONFIG_FILE)
			continue;
		if (set(s, &rows[opt - OPT_FIRST], optarg ? optarg : "yes", why) != 0) {
			error_line("--%s %s: %s", rows[opt - OPT_FIRST].name, optarg ? optarg : "",
				   why);
			return -EINVAL;
		}
	}
	if (optind < argc) {
		error_line("%s: what is this? see locktrace forward --help", argv[optind]);
		return -EINVAL;
	}
	return 0;
}

int settings_parse(int argc, char **argv, struct settings *ret)
{
	struct settings s = settings_default();
	const char *conflict = NULL;
	int err = parse_pass(argc, argv, &s, true);

	if (!err)
		err = parse_pass(argc, argv, &s, false);
	if (!err && !s.help)
		conflict = settings_conflict(&s);
	if (conflict)
		error_line("%s", conflict);
	if (err || conflict) {
		settings_free(&s);
		return -EINVAL;
	}
	*ret = s;
	return 0;
}

void settings_free(struct settings *s)
{
	config_free(s->config);
	s->config = NULL;
}

void settings_help(void)
{
	puts("Usage: locktrace forward [--config FILE] [OPTIONS]\n\n"
	     "Delivers the reports that --spool keeps, each state of them at least once, and "
	     "goes on\nwhere it was after a restart. Needs no rights but to read the spool.\n");
	for (size_t i = 0; i < N_ROWS; i++) {
		int n = printf("      --%s%s%s", rows[i].name, rows[i].value ? " " : "",
			       rows[i].value ? rows[i].value : "");

		printf("%*s %s\n", n < 30 ? 30 - n : 0, "", rows[i].help);
	}
}
