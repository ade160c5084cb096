// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "commands.h"
#include "doctor/doctor.h"
#include "doctor/doctor_words.h"
#include "exit_status.h"
#include "message.h"

static const char *const words[] = {
	[DOCTOR_NO] = "no",
	[DOCTOR_YES] = "yes",
	[DOCTOR_NOT_ASKED] = "-",
};

static void print_text(const struct doctor *d, const struct utsname *kernel)
{
	printf("locktrace %s on Linux %s (%s)\n\n", LOCKTRACE_VERSION, kernel->release,
	       kernel->machine);
	for (size_t i = 0; i < d->n; i++) {
		const struct doctor_check *c = &d->checks[i];

		if (c->detail[0])
			printf("  %-26s %-4s %s\n", c->name, words[c->answer], c->detail);
		else
			printf("  %-26s %s\n", c->name, words[c->answer]);
	}
	printf("\nWhat follows\n  %s\n", doctor_way_text(d));
	for (size_t i = 0; i < d->n; i++) {
		if (d->checks[i].answer == DOCTOR_NO && d->checks[i].follows[0])
			printf("  %s: %s.\n", d->checks[i].name, d->checks[i].follows);
	}
}

static int print_json(const struct doctor *d, const struct utsname *kernel)
{
	json_t *root = doctor_json(d, kernel);
	char *text = root ? json_dumps(root, JSON_COMPACT) : NULL;

	json_decref(root);
	if (!text)
		return EXIT_INTERNAL;
	puts(text);
	free(text);
	return 0;
}

/* Files of the user's, instead of the system. */
struct asked {
	bool json;
	const char *sites, *probes;
};

static int parse(int argc, char **argv, struct asked *ret)
{
	static const struct option options[] = {
		{"format", required_argument, NULL, 'f'},
		{"wait-sites", required_argument, NULL, 'w'},
		{"probes", required_argument, NULL, 'p'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int c;

	optind = 0; /* another table was parsed before, or not: begin anew */
	opterr = 0;
	while ((c = getopt_long(argc, argv, "f:h", options, NULL)) >= 0) {
		if (c == 'h')
			return 1;
		if (c == 'w') {
			ret->sites = optarg;
			continue;
		}
		if (c == 'p') {
			ret->probes = optarg;
			continue;
		}
		if (c != 'f' || (strcmp(optarg, "json") != 0 && strcmp(optarg, "text") != 0)) {
			error_line("doctor takes --format=text or json, --wait-sites=FILE and "
				   "--probes=FILE");
			return -1;
		}
		ret->json = strcmp(optarg, "json") == 0;
	}
	if (optind < argc) {
		error_line(
			"doctor takes no arguments, just --format=text or json, --wait-sites=FILE "
			"and --probes=FILE");
		return -1;
	}
	return 0;
}

/* One file or directory of the user's. */
static int check_tables(struct doctor *d, const char *sites, bool json,
			const struct utsname *kernel)
{
	bool good;
	int status = 0;

	if (access(sites, R_OK) < 0) {
		error_line("cannot read %s: %s", sites, strerror(errno));
		free(d);
		return EXIT_INPUT;
	}
	good = doctor_ask_tables(d, sites);

	if (json)
		status = print_json(d, kernel);
	for (size_t i = 0; !json && i < d->n; i++)
		printf("%-4s %s\n", words[d->checks[i].answer], d->checks[i].detail);
	free(d);
	if (fflush(stdout) != 0)
		return EXIT_OUTPUT;
	return status ? status : good ? EXIT_NOTHING_STUCK : EXIT_USAGE;
}

int cmd_doctor(int argc, char **argv)
{
	struct doctor *d;
	struct utsname kernel;
	struct asked asked = {0};
	int status = parse(argc, argv, &asked);

	if (status < 0)
		return EXIT_USAGE;
	if (status > 0) {
		puts("Usage: locktrace doctor [--format=text|json] [--wait-sites=FILE] [--probes=FILE]\n\n"
		     "Tells what this kernel allows, found out by trying, and what follows;\n"
		     "and which tables of wait sites are read, and which lines are wrong.\n"
		     "With --wait-sites just that, of this file or directory of yours. With\n"
		     "--probes where in the functions of this C library probes of locks go.\n"
		     "Exit status: 0 some way of seeing works, 6 none does; of --wait-sites: 2 if\n"
		     "a line is wrong; of --probes: 15 if it is none.");
		return EXIT_NOTHING_STUCK;
	}
	if (asked.probes)
		return doctor_list_probes(asked.probes) < 0 ? EXIT_INPUT : EXIT_NOTHING_STUCK;
	d = calloc(1, sizeof(*d));
	if (!d || uname(&kernel) < 0) {
		free(d);
		return EXIT_INTERNAL;
	}
	if (asked.sites)
		return check_tables(d, asked.sites, asked.json, &kernel);
	doctor_ask_bpf(d);
	doctor_ask_probes(d);
	doctor_ask_proc(d);
	doctor_ask_tables(d, NULL);
	if (asked.json)
		status = print_json(d, &kernel);
	else
		print_text(d, &kernel);
	if (fflush(stdout) != 0)
		status = EXIT_OUTPUT;
	if (status == 0 && strcmp(doctor_best_way(d), "none") == 0)
		status = EXIT_UNAVAILABLE;
	free(d);
	return status;
}
