// SPDX-License-Identifier: GPL-2.0
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "exit_status.h"
#include "message.h"
#include "output.h"
#include "report/page.h"

static void list_rules(void)
{
	puts("Rules by which stalls are named. `locktrace explain RULE` says what one means, how "
	     "it comes\nabout, how to confirm it and how to fix it.\n");
	for (const struct page *p = rule_pages; p->rule; p++) {
		size_t n;
		const char *title = page_title(p, &n);

		printf("  %-22s %.*s\n", p->rule, (int)n, title);
	}
}

static int explain_rule(const char *rule, const char *color)
{
	struct render out = {.out = stdout, .options.color = output_color(color, fileno(stdout))};
	const struct page *page = page_find(rule);

	if (!page) {
		error_line("there is no rule %s: locktrace explain lists them", rule);
		return EXIT_USAGE;
	}
	page_print(&out, page);
	return 0;
}

static void help(void)
{
	puts("Usage: locktrace explain [RULE] [--color=auto|always|never]\n\n"
	     "Says what a rule means that a report names; without one it lists the rules.");
}

int cmd_explain(int argc, char **argv)
{
	static const struct option options[] = {
		{"color", required_argument, NULL, 'c'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	const char *color = "auto";
	int opt;

	optind = 1;
	while ((opt = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (opt == 'h') {
			help();
			return 0;
		}
		if (opt != 'c' || (strcmp(optarg, "auto") != 0 && strcmp(optarg, "always") != 0 &&
				   strcmp(optarg, "never") != 0)) {
			error_line("explain takes a rule, and --color=auto, always or never");
			return EXIT_USAGE;
		}
		color = optarg;
	}
	if (optind + 1 < argc) {
		error_line("explain takes one rule at a time");
		return EXIT_USAGE;
	}
	if (optind == argc)
		list_rules();
	else if (explain_rule(argv[optind], color) != 0)
		return EXIT_USAGE;
	if (ferror(stdout) || fflush(stdout) != 0) {
		error_line("cannot write the page");
		return EXIT_OUTPUT;
	}
	return 0;
}
