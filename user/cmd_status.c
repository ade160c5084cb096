// SPDX-License-Identifier: GPL-2.0
/* locktrace status: how the watch is that keeps its numbers in a file. */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "exit_status.h"
#include "forward/shown.h"
#include "message.h"
#include "os/clock.h"
#include "report/metrics/status.h"
#include "report/metrics/status_export.h"
#include "report/words.h"
#include "service/metrics_answer.h"
#include "service/metrics_out.h"

static void help(void)
{
	puts("Usage: locktrace status [--metrics-file FILE] [--forward-metrics-file FILE]\n\n"
	     "Tells how the watch is that keeps its numbers in FILE: what it sees, what is stuck,\n"
	     "what it costs; and of `locktrace forward`, if that keeps numbers, what waits to be\n"
	     "delivered. The service, if no file is named.\n\n"
	     "      --metrics-file FILE          the watch's (" METRICS_FILE_DEFAULT ")\n"
	     "      --forward-metrics-file FILE  (" FORWARD_METRICS_DEFAULT ")\n\n"
	     "Exit status: 0 nothing is stuck, 3 something is, 16 many wait for long, 4 it does not\n"
	     "run, or hangs itself.");
}

/* Why there is nothing to tell. Returns an exit status. */
static int cannot(const char *path, int err)
{
	if (err == -ENOENT || err == -ENOTDIR) {
		error_line("it does not run, or with no --metrics-file: there is no %s", path);
		return EXIT_NO_PROCESS;
	}
	error_line("cannot read %s: %s", path, strerror(-err));
	return err == -ENOMEM ? EXIT_INTERNAL : EXIT_INPUT;
}

/* A look that is so long ago: that was its last one, or it hangs in the next. */
static bool is_old(const struct status *s, double now_s, uint64_t age_ns)
{
	return age_ns >= METRICS_FRESH_NS || now_s - s->looked_s >= (double)METRICS_FRESH_NS / 1e9;
}

/* What leaves the device; no word if nothing is meant to, as far as is known here. */
static void tell_forward(const char *path)
{
	struct status_export s = {.n = 0};
	char *text = NULL, age[WORDS];
	size_t n, line;
	uint64_t age_ns;

	if (metrics_file_read(path, os_wall_ns(), &text, &n, &age_ns) != 0)
		return;
	if (metrics_read(text, n, status_export_take, &s, &line) == 0)
		status_export_write(&s, stdout);
	if (age_ns >= METRICS_FRESH_NS)
		printf("         as it was %s ago: locktrace forward does not run any more, or hangs\n",
		       words_age(age_ns, age));
	free(text);
}

static int tell(const char *path, char *text, size_t n, uint64_t age_ns, const char *forward_path)
{
	double now_s = (double)os_wall_ns() / 1e9;
	struct status *s = calloc(1, sizeof(*s));
	char age[WORDS];
	size_t line = 0;
	int status;

	if (!s)
		return cannot(path, -ENOMEM);
	if (metrics_read(text, n, status_take, s, &line) != 0 || !status_is_whole(s)) {
		error_line("%s:%zu: these are not the numbers of a watch", path, line);
		free(s);
		return EXIT_TRACE_BROKEN;
	}
	status = exit_status_of(status_worst(s));
	if (is_old(s, now_s, age_ns)) {
		error_line("it does not run any more, or hangs itself: %s was written %s ago", path,
			   words_age(age_ns, age));
		puts("As it was then:");
		status = EXIT_NO_PROCESS;
	}
	status_write(s, now_s, stdout);
	tell_forward(forward_path);
	free(s);
	if (ferror(stdout) || fflush(stdout) != 0) {
		error_line("cannot write the answer");
		return EXIT_OUTPUT;
	}
	return status;
}

static int run(const char *path, const char *forward_path)
{
	char *text = NULL;
	uint64_t age_ns;
	size_t n;
	int err = metrics_file_read(path, os_wall_ns(), &text, &n, &age_ns), status;

	if (err)
		return cannot(path, err);
	status = tell(path, text, n, age_ns, forward_path);
	free(text);
	return status;
}

int cmd_status(int argc, char **argv)
{
	static const struct option options[] = {
		{"metrics-file", required_argument, NULL, 'm'},
		{"forward-metrics-file", required_argument, NULL, 'f'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	const char *path = METRICS_FILE_DEFAULT, *forward_path = FORWARD_METRICS_DEFAULT;
	int opt;

	optind = 0;
	while ((opt = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (opt == 'h') {
			help();
			return EXIT_NOTHING_STUCK;
		}
		if (opt == 'm') {
			path = optarg;
		} else if (opt == 'f') {
			forward_path = optarg;
		} else {
			error_option("status", opt);
			return EXIT_USAGE;
		}
	}
	if (optind < argc) {
		error_line("%s: what is this? see locktrace status --help", argv[optind]);
		return EXIT_USAGE;
	}
	return run(path, forward_path);
}
