// SPDX-License-Identifier: GPL-2.0
/* locktrace export: the reports of a spool in one file, to be carried away. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "bundle/ack.h"
#include "bundle/export.h"
#include "bundle/new_file.h"
#include "commands.h"
#include "doctor/doctor_words.h"
#include "exit_status.h"
#include "message.h"
#include "os/clock.h"
#include "service/spool_dir.h"

struct asked {
	struct export_asked export;
	const char *output; /* NULL: none */
	const char *ack;    /* NULL: none */
};

static void help(void)
{
	puts("Usage: locktrace export -o FILE|- [ID]... [OPTIONS]\n"
	     "       locktrace export --ack FILE [-o FILE|-]\n\n"
	     "Puts the reports that --spool keeps, and what is known of this machine, into one\n"
	     "file, for locktrace import elsewhere. Without an ID all that fit.\n\n"
	     "  -o, --output FILE      X.tar.zst, X.tar.gz or X.tar; - is standard output\n"
	     "      --since TIME       told of then or later: 24h (ago), 2026-11-21\n"
	     "      --until TIME       ... or before\n"
	     "      --only FILTER      rule=, signature=, comm=, exe=, unit=, cgroup=: see "
	     "locktrace(1)\n"
	     "      --ignore FILTER    ... but not these\n"
	     "      --redact           without names of programs, files, hosts and functions\n"
	     "      --trace FILE       that --record has written, too; may be repeated\n"
	     "      --ack FILE         remove what an import has confirmed, and nothing else\n"
	     "      --spool DIR        where (default " SPOOL_DIR_DEFAULT ")");
}

/* ---- What for, and how ---- */

enum {
	OPT_SINCE_ = 256,
	OPT_UNTIL_,
	OPT_ONLY_,
	OPT_IGNORE_,
	OPT_REDACT,
	OPT_TRACE,
	OPT_ACK,
	OPT_DIR
};

static int add_trace(struct export_asked *e, const char *path)
{
	size_t n = 0;

	while (e->traces[n])
		n++;
	if (n == EXPORT_TRACES) {
		error_line("--trace %s: more than %d of them", path, EXPORT_TRACES);
		return -EINVAL;
	}
	e->traces[n] = path;
	return 0;
}

static int parse_option(struct asked *a, int opt, const char *arg)
{
	struct spool_select *select = &a->export.select;

	switch (opt) {
	case OPT_SINCE_:
		return spool_select_time("since", arg, os_wall_ns(), &select->since_s);
	case OPT_UNTIL_:
		return spool_select_time("until", arg, os_wall_ns(), &select->until_s);
	case OPT_ONLY_:
		return spool_select_filter(select, LIST_ONLY, arg);
	case OPT_IGNORE_:
		return spool_select_filter(select, LIST_IGNORE, arg);
	case OPT_REDACT:
		a->export.redact = true;
		return 0;
	case OPT_TRACE:
		return add_trace(&a->export, arg);
	case OPT_ACK:
		a->ack = arg;
		return 0;
	case OPT_DIR:
		a->export.spool = arg;
		return 0;
	case 'o':
		a->output = arg;
		return 0;
	default:
		error_option("export", opt);
		return -EINVAL;
	}
}

static int check(const struct asked *a)
{
	if (!a->output && !a->ack)
		error_line("export: to which file? -o site42.tar.zst, or - for standard output");
	else if (!a->output && (spool_select_is_set(&a->export.select) || a->export.redact))
		error_line("export: what is selected goes into a file: -o FILE is missing");
	else if (a->export.redact && a->export.traces[0])
		error_line("--redact: a trace is nothing but names: leave out --trace");
	else if (a->output && strcmp(a->output, "-") == 0 && isatty(STDOUT_FILENO))
		error_line("-o -: a bundle is not for a terminal: into a pipe or a file, please");
	else
		return 0;
	return -EINVAL;
}

/* Returns 0, 1 if that was all (help), or -EINVAL after a message. */
static int parse(int argc, char **argv, struct asked *a)
{
	static const struct option options[] = {
		{"since", required_argument, NULL, OPT_SINCE_},
		{"until", required_argument, NULL, OPT_UNTIL_},
		{"only", required_argument, NULL, OPT_ONLY_},
		{"ignore", required_argument, NULL, OPT_IGNORE_},
		{"redact", no_argument, NULL, OPT_REDACT},
		{"trace", required_argument, NULL, OPT_TRACE},
		{"ack", required_argument, NULL, OPT_ACK},
		{"spool", required_argument, NULL, OPT_DIR},
		{"output", required_argument, NULL, 'o'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int opt;

	optind = 0;
	while ((opt = getopt_long(argc, argv, ":o:h", options, NULL)) != -1) {
		if (opt == 'h') {
			help();
			return 1;
		}
		if (parse_option(a, opt, optarg) != 0)
			return -EINVAL;
	}
	a->export.select.ids = argv + optind;
	a->export.select.n_ids = (size_t)(argc - optind);
	return check(a);
}

static bool ends_in(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n > m && strcmp(name + n - m, end) == 0;
}

/* By its name; whoever reads it sees by its beginning. Returns an exit status. */
static int packing_of(const char *name, enum packing *ret)
{
	bool zstd = ends_in(name, ".zst") || ends_in(name, ".tzst");

	if (zstd && !pack_has_zstd()) {
		error_line("-o %s: this locktrace was built without zstd: take .tar.gz", name);
		return EXIT_USAGE;
	}
	*ret = ends_in(name, ".tar")						   ? PACK_NONE
	       : ends_in(name, ".gz") || ends_in(name, ".tgz") || !pack_has_zstd() ? PACK_GZIP
										   : PACK_ZSTD;
	return 0;
}

/* ---- Doing it ---- */

static json_t *ask_doctor(void)
{
	struct doctor *d = calloc(1, sizeof(*d));
	struct utsname kernel;
	json_t *said = NULL;

	if (d && uname(&kernel) == 0) {
		doctor_ask_bpf(d);
		doctor_ask_proc(d);
		doctor_ask_tables(d, NULL);
		said = doctor_json(d, &kernel);
	}
	free(d);
	return said;
}

static void say_exported(const struct asked *a, const struct export_count *n)
{
	if (strcmp(a->output, "-") == 0)
		return;
	printf("%s: %zu report%s", a->output, n->reports, n->reports == 1 ? "" : "s");
	if (n->traces)
		printf(", %zu trace%s", n->traces, n->traces == 1 ? "" : "s");
	puts(a->export.redact ? ", without names" : "");
}

/* Returns an exit status, after a message if it is not 0. */
static int finish(const struct asked *a, struct new_file *f, int err, bool output)
{
	if (!err && f) {
		err = new_file_finish(f);
		output = true;
	}
	if (!err && f && (err = new_file_sync_dir(AT_FDCWD, a->output)) != 0)
		output = true;
	if (!err)
		return 0;
	if (!output)
		return err == -ENOMEM ? EXIT_INTERNAL : EXIT_INPUT;
	error_line("cannot write %s: %s", f ? a->output : "the bundle", strerror(-err));
	return EXIT_OUTPUT;
}

static int export(const struct asked *a)
{
	bool is_stdout = strcmp(a->output, "-") == 0, output = true;
	struct new_file f = {.fd = -1};
	struct export_count count = {0};
	enum packing by;
	int status = packing_of(a->output, &by), err;

	if (status)
		return status;
	err = is_stdout ? 0 : new_file_open(AT_FDCWD, a->output, 0640, &f);
	if (!err)
		err = export_write(&a->export, is_stdout ? STDOUT_FILENO : f.fd, by, &count,
				   &output);
	status = finish(a, is_stdout ? NULL : &f, err, output);
	if (!is_stdout)
		new_file_drop(&f);
	if (status)
		return status;
	say_exported(a, &count);
	return count.broken ? EXIT_TRACE_BROKEN : 0;
}

static int take_ack(const struct asked *a)
{
	struct ack_count n;
	int status = ack_apply(a->ack, a->export.spool, &n);
	bool quiet = a->output && strcmp(a->output, "-") == 0;

	if (status || quiet)
		return status;
	printf("%zu report%s removed that were confirmed", n.removed, n.removed == 1 ? "" : "s");
	if (n.changed)
		printf(", %zu kept that changed since", n.changed);
	if (n.gone)
		printf(", %zu had gone", n.gone);
	if (n.unsure)
		printf(", %zu kept as this machine has no id to know them by", n.unsure);
	puts("");
	return 0;
}

int cmd_export(int argc, char **argv)
{
	struct asked a = {.export = {.spool = SPOOL_DIR_DEFAULT}};
	int status = parse(argc, argv, &a);

	if (status == 0 && a.ack)
		status = take_ack(&a);
	else if (status)
		status = status < 0 ? EXIT_USAGE : -1;
	if (status == 0 && a.output) {
		a.export.doctor = ask_doctor();
		status = export(&a);
		json_decref(a.export.doctor);
	}
	filters_free(&a.export.select.filters);
	if (status <= 0 && fflush(stdout) != 0)
		return EXIT_OUTPUT;
	return status < 0 ? 0 : status;
}
