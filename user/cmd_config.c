// SPDX-License-Identifier: GPL-2.0
/*
 * locktrace config: what is wrong with a configuration, before a service is
 * started with it; and what it comes to.
 */
#include <getopt.h>
#include <stdio.h>

#include "commands.h"
#include "options/config.h"
#include "exit_status.h"
#include "message.h"

static void help(void)
{
	puts("Usage: locktrace config --check [FILE]\n\n"
	     "Says what is wrong in FILE (" CONFIG_DEFAULT_PATH ") and in FILE.d/*.conf,\n"
	     "with file and line. Exit status: 0 nothing, 2 something, 15 a file cannot be read.");
}

static int check(const char *path)
{
	struct config *c;
	int status = EXIT_NOTHING_STUCK;

	if (config_read(path, &c) != 0) {
		error_line("out of memory");
		return EXIT_INTERNAL;
	}
	if (config_print_errors(c))
		status = c->unreadable ? EXIT_INPUT : EXIT_USAGE;
	else
		printf("%s: nothing is wrong; files read: %zu, lines that set something: %zu\n",
		       path, c->n_files, c->n_settings);
	config_free(c);
	if (ferror(stdout) || fflush(stdout) != 0) {
		error_line("cannot write the answer");
		return EXIT_OUTPUT;
	}
	return status;
}

int cmd_config(int argc, char **argv)
{
	static const struct option options[] = {
		{"check", no_argument, NULL, 'c'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	bool wanted = false;
	int opt;

	optind = 0;
	while ((opt = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (opt == 'h') {
			help();
			return EXIT_NOTHING_STUCK;
		}
		if (opt != 'c') {
			error_line("%s is not an option: locktrace config --check [FILE]",
				   argv[optind - 1]);
			return EXIT_USAGE;
		}
		wanted = true;
	}
	if (!wanted || optind + 1 < argc) {
		error_line(wanted ? "config: one file at a time"
				  : "config: what about it? locktrace config --check [FILE]");
		return EXIT_USAGE;
	}
	return check(optind < argc ? argv[optind] : CONFIG_DEFAULT_PATH);
}
