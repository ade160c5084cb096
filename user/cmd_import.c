// SPDX-License-Identifier: GPL-2.0
/* locktrace import: what locktrace export has packed on a device, into files. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/import.h"
#include "commands.h"
#include "exit_status.h"
#include "message.h"
#include "service/spool_dir.h"

static void help(void)
{
	puts("Usage: locktrace import FILE|-... -d DIR | --spool[=DIR] [OPTIONS]\n\n"
	     "Unpacks what locktrace export has put into a file, on this or another machine. What\n"
	     "is there already stays, unless the bundle has it newer.\n\n"
	     "  -d, --dir DIR          into DIR/DEVICE, one for each device\n"
	     "      --spool[=DIR]      only the reports, all into DIR, for locktrace report\n"
	     "                         (default " SPOOL_DIR_DEFAULT ")\n"
	     "      --ack FILE         write there what locktrace export --ack takes on the device;\n"
	     "                         without it, into a file .ack beside the reports\n"
	     "      --max-size SIZE    take no more than that, unpacked (default 1G)");
}

enum { OPT_SPOOL_ = 256, OPT_ACK_, OPT_MAX };

static int parse_max(const char *arg, uint64_t *ret)
{
	struct spool_limits l = {0};
	char text[64];
	const char *why = "is too long";

	if (strlen(arg) < 32) {
		snprintf(text, sizeof(text), "bytes=%s", arg);
		why = strchr(arg, ',') ? "must be a number, such as 500M or 4G"
				       : spool_limits_parse(text, &l);
	}
	if (why || !l.bytes) {
		error_line("--max-size %s: %s", arg, why ? why : "is nothing at all");
		return -EINVAL;
	}
	*ret = l.bytes;
	return 0;
}

static int parse_option(struct import_asked *a, int opt, const char *arg)
{
	switch (opt) {
	case 'd':
		a->dir = arg;
		return 0;
	case OPT_SPOOL_:
		a->spool = arg ? arg : SPOOL_DIR_DEFAULT;
		return 0;
	case OPT_ACK_:
		a->ack = arg;
		return 0;
	case OPT_MAX:
		return parse_max(arg, &a->max_bytes);
	default:
		error_option("import", opt);
		return -EINVAL;
	}
}

static int check(const struct import_asked *a, int n)
{
	if (!n)
		error_line("import: which file? locktrace import FILE -d DIR, or - for standard "
			   "input");
	else if (!a->dir == !a->spool)
		error_line("import: where to? Either -d DIR or --spool=DIR");
	else if (a->ack && n > 1)
		error_line("--ack: of one bundle, but there are several");
	else
		return 0;
	return -EINVAL;
}

/* Returns an exit status, after a message if it is not 0. */
static int import_file_named(const struct import_asked *a, const char *name)
{
	bool is_stdin = strcmp(name, "-") == 0;
	int fd = is_stdin ? dup(STDIN_FILENO) : open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		error_line("%s: this is a directory%s", name,
			   a->spool ? ": where to is said with --spool=DIR" : "");
		close(fd);
		return EXIT_INPUT;
	}
	if (fd < 0) {
		error_line("cannot read %s: %s", name, strerror(errno));
		return EXIT_INPUT;
	}
	return import_bundle(a, fd, is_stdin ? "standard input" : name);
}

int cmd_import(int argc, char **argv)
{
	static const struct option options[] = {
		{"dir", required_argument, NULL, 'd'},
		{"spool", optional_argument, NULL, OPT_SPOOL_},
		{"ack", required_argument, NULL, OPT_ACK_},
		{"max-size", required_argument, NULL, OPT_MAX},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	struct import_asked a = {.max_bytes = IMPORT_BYTES_DEFAULT};
	int opt, status = 0;

	optind = 0;
	while ((opt = getopt_long(argc, argv, ":d:h", options, NULL)) != -1) {
		if (opt == 'h') {
			help();
			return 0;
		}
		if (parse_option(&a, opt, optarg) != 0)
			return EXIT_USAGE;
	}
	if (check(&a, argc - optind) != 0)
		return EXIT_USAGE;
	for (; optind < argc; optind++) {
		int one = import_file_named(&a, argv[optind]);

		status = status ? status : one;
	}
	return fflush(stdout) != 0 && !status ? EXIT_OUTPUT : status;
}
