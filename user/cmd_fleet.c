// SPDX-License-Identifier: GPL-2.0
/* The reports of many devices, by signature: docs/fleet.md. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "exit_status.h"
#include "fleet_files.h"
#include "message.h"

static void help(void)
{
	puts("Usage: locktrace fleet FILE|DIR|-... [--format=text|json]\n\n"
	     "Groups the reports (JSON) of any number of devices by signature: on how many\n"
	     "devices each bug was seen, how often, since when, and one example of it.\n\n"
	     "Reads reports, bundles of locktrace export, and what journalctl --all -o json writes.\n"
	     "Of a directory it reads all that ends in .json, .ndjson, .jsonl or .tar, also with .gz\n"
	     "or .zst; - is standard input.");
}

static void tell_broken(const struct fleet_count *count)
{
	if (!count->broken)
		return;
	error_line("%" PRIu64 " broken %s passed over, the first is %s:%zu: %s", count->broken,
		   count->broken == 1 ? "line was" : "lines were", count->broken_file,
		   count->broken_line, count->broken_why);
}

static int print(struct fleet *f, bool json)
{
	int err = json ? fleet_print_json(f, LOCKTRACE_VERSION, stdout)
		       : fleet_print_text(f, stdout);

	if (!err)
		return 0;
	error_line(err == -ENOMEM ? "out of memory" : "cannot write the result");
	return err == -ENOMEM ? EXIT_INTERNAL : EXIT_OUTPUT;
}

static int fleet_of(char **paths, int n, bool json)
{
	struct fleet *f = fleet_new(&fleet_caps_default);
	struct fleet_count count;
	int err = f ? 0 : -ENOMEM, unread = 0, status;

	for (int i = 0; i < n && err != -ENOMEM; i++) {
		err = fleet_files_read(f, paths[i]);
		unread |= err;
	}
	if (err == -ENOMEM) {
		error_line("out of memory");
		fleet_free(f);
		return EXIT_INTERNAL;
	}
	fleet_count(f, &count);
	status = print(f, json);
	tell_broken(&count);
	if (!status && unread)
		status = EXIT_INPUT;
	if (!status && count.broken && !count.reports)
		status = EXIT_TRACE_FOREIGN;
	fleet_free(f);
	return status;
}

int cmd_fleet(int argc, char **argv)
{
	static const struct option options[] = {
		{"format", required_argument, NULL, 'f'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	bool json = false;
	int opt;

	optind = 1;
	while ((opt = getopt_long(argc, argv, ":f:h", options, NULL)) != -1) {
		if (opt == 'h') {
			help();
			return 0;
		}
		if (opt != 'f' || (strcmp(optarg, "text") != 0 && strcmp(optarg, "json") != 0)) {
			error_line("fleet takes files, directories, and --format=text or json");
			return EXIT_USAGE;
		}
		json = strcmp(optarg, "json") == 0;
	}
	if (optind == argc) {
		error_line("fleet: which reports? locktrace fleet FILE|DIR..., or - for standard "
			   "input");
		return EXIT_USAGE;
	}
	return fleet_of(argv + optind, argc - optind, json);
}
