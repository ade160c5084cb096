// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <getopt.h>

#include "config.h"
#include "../message.h"
#include "option_table.h"
#include "option_values.h"
#include "options.h"

static const struct option_row *row_of(int opt)
{
	size_t i = 0;

	while (option_rows[i].opt != opt)
		i++;
	return &option_rows[i];
}

/* From the first option of the command line on; -1 after the last, '?' after a message. */
static int next_option(int argc, char **argv, enum option_set set, bool first)
{
	struct option table[OPTION_ROWS_MAX + 1];
	char shorts[2 * OPTION_ROWS_MAX + 2];
	int opt;

	option_table_getopt(set, table, shorts);
	if (first)
		optind = 0; /* glibc and musl: from the start, whatever was left off before */
	opt = getopt_long(argc, argv, shorts, table, NULL);
	if (opt == '?' || opt == ':') {
		error_line(opt == ':' ? "%s needs a value: see locktrace --help"
				      : "%s is not an option: see locktrace --help",
			   argv[optind - 1]);
		return '?';
	}
	return opt;
}

/* The files are read first, as the command line wins; so it is gone over twice. */
static int read_config(struct options *o, int argc, char **argv, enum option_set set)
{
	bool given[OPTION_ROWS_MAX] = {false};
	const char *path = NULL;
	int opt = next_option(argc, argv, set, true);

	for (; opt != -1; opt = next_option(argc, argv, set, false)) {
		if (opt == '?')
			return -EINVAL;
		if (opt == OPT_CONFIG && path) {
			error_line("--config: more than one; there is FILE.d/*.conf beside it");
			return -EINVAL;
		}
		if (opt == OPT_CONFIG)
			path = optarg;
		given[row_of(opt) - option_rows] = true;
	}
	if (!path)
		return 0;
	if (config_read(path, &o->config) != 0) {
		error_line("out of memory");
		return -EINVAL;
	}
	if (config_print_errors(o->config))
		return -EINVAL;
	return config_apply(o->config, given, o) ? -EINVAL : 0;
}

static int parse_all(struct options *o, int argc, char **argv, enum option_set set)
{
	const char *conflict;
	char why[OPTION_WHY_MAX];
	int opt;

	if (set == OPTIONS_WATCH && read_config(o, argc, argv, set) != 0)
		return -EINVAL;
	opt = next_option(argc, argv, set, true);
	for (; opt != -1; opt = next_option(argc, argv, set, false)) {
		if (opt == '?')
			return -EINVAL;
		if (option_set(o, opt, optarg, why) != 0) {
			error_line("--%s %s: %s", row_of(opt)->name, optarg ? optarg : "", why);
			return -EINVAL;
		}
	}
	if (set != OPTIONS_WATCH && optind < argc)
		o->file = argv[optind++];
	if (optind < argc) {
		error_line("%s: what is this? see locktrace --help", argv[optind]);
		return -EINVAL;
	}
	conflict = options_conflict(o, set);
	if (conflict)
		error_line("%s", conflict);
	return conflict ? -EINVAL : 0;
}

int options_parse(int argc, char **argv, enum option_set set, struct options *ret)
{
	struct options o = options_default(set);

	if (parse_all(&o, argc, argv, set) != 0) {
		options_free(&o);
		return -EINVAL;
	}
	*ret = o;
	return 0;
}

void options_free(struct options *o)
{
	filters_free(&o->filters);
	config_free(o->config);
	o->config = NULL;
}
