// SPDX-License-Identifier: GPL-2.0
/* locktrace report: what a spool keeps, read one by one: a large spool takes no memory. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "core/words.h"
#include "exit_status.h"
#include "message.h"
#include "os/clock.h"
#include "output.h"
#include "report/json/json_read.h"
#include "report/utf8.h"
#include "service/spool_dir.h"
#include "service/spool_select.h"

enum action { REPORT_LIST, REPORT_SHOW, REPORT_RM };

struct asked {
	enum action action;
	const char *dir;
	struct spool_select select;
	struct options o; /* of the output; without filters, those are ours */
};

struct reading {
	const struct asked *asked;
	int dir_fd;
	struct output out;
	size_t n;	  /* that fit */
	size_t contended; /* ... of these, what is contention */
	int status;
};

static void line(struct reading *r, const struct spool_entry *e, const struct report *report)
{
	FILE *out = r->out.render.out;
	char when[32] = "?";
	time_t told = (time_t)e->told_s;
	struct tm tm;

	if (localtime_r(&told, &tm))
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);
	if (!r->n)
		fprintf(out, "%-19s  %-10s  %-16s  %-10s  %s\n", "FIRST TOLD", "ID", "SIGNATURE",
			"NOW", "WHAT");
	/* the signature in the name is the first told, and may be of another rule */
	fprintf(out, "%-19s  %-10s  %-16s  %-10s  %s: ", when, e->id, report->signature,
		word_event(report->event), report->rule);
	utf8_put(out, report->summary ? report->summary : report->title);
	fputc('\n', out);
}

static int show(struct reading *r, const struct json_read *j)
{
	const struct report *report = json_read_report(j);
	struct engine_out *out = &r->out.out;
	int err = 0;

	if (r->out.render.renderer == &render_json)
		return json_read_write(j, report, r->out.render.out) ? -EPIPE : 0;
	if (!r->n && out->session)
		err = out->session(out->ctx, report->session);
	return err ? err : out->report(out->ctx, report);
}

static void removed(struct reading *r, const struct spool_entry *e)
{
	if (unlinkat(r->dir_fd, e->name, 0) == 0 || errno == ENOENT)
		return;
	error_line("cannot remove %s/%s: %s", r->asked->dir, e->name, strerror(errno));
	r->status = EXIT_OUTPUT;
}

/* Returns 0, or an error that ends it all. */
static int one(struct reading *r, const struct spool_entry *e)
{
	const struct asked *a = r->asked;
	struct json_read *j = NULL;
	char why[JSON_READ_WHY] = "";
	int err = spool_select_name(&a->select, e) ? 0 : -ENOENT;

	if (!err && a->action == REPORT_RM && !spool_select_needs_report(&a->select)) {
		removed(r, e); /* also one that cannot be read */
		r->n++;
		return 0;
	}
	if (!err)
		err = spool_read(r->dir_fd, e->name, &j, why);
	if (err == -ENOENT) /* not asked for, or removed meanwhile */
		return 0;
	if (err) {
		error_line("%s/%s: %s", a->dir, e->name, *why ? why : strerror(-err));
		r->status = err == -EPROTONOSUPPORT ? EXIT_TRACE_NEWER
			    : err == -EACCES	    ? EXIT_INPUT
						    : EXIT_TRACE_BROKEN;
		return err == -ENOMEM ? err : 0;
	}
	if (spool_select_report(&a->select, json_read_report(j))) {
		if (a->action == REPORT_RM)
			removed(r, e);
		else if (a->action == REPORT_SHOW || r->out.render.renderer == &render_json)
			err = show(r, j);
		else
			line(r, e, json_read_report(j));
		r->contended += json_read_report(j)->severity == SEVERITY_CONTENTION;
		r->n++;
	}
	json_read_free(j);
	return err;
}

static int finish(struct reading *r)
{
	static const struct fact_session none = {.version = "", .target = "", .once = true};
	const struct report_end end = {
		.session = &none, .why = "", .opened = r->n, .contended = r->contended};
	struct engine_out *out = &r->out.out;

	/* HTML is not whole without an end; others would tell of a watch that was elsewhere */
	if (r->asked->action == REPORT_SHOW && r->out.render.renderer == &render_html)
		return out->end(out->ctx, &end);
	return 0;
}

static int read_all(struct reading *r)
{
	struct spool_list list = {0};
	int err = spool_list_read(r->dir_fd, &list);

	if (!err && spool_select_unknown(&r->asked->select, &list, r->asked->dir))
		r->status = EXIT_INPUT;
	for (size_t i = 0; !err && i < list.n; i++)
		err = one(r, &list.entries[i]);
	if (!err)
		err = finish(r);
	spool_list_free(&list);
	if (err == -EPIPE)
		return EXIT_OUTPUT; /* said when it is closed */
	if (err) {
		error_line("%s: %s", r->asked->dir, strerror(-err));
		return EXIT_INTERNAL;
	}
	if (r->asked->select.n_ids && !r->n && !r->status) {
		error_line("%s: what these IDs name does not fit the other options", r->asked->dir);
		return EXIT_INPUT;
	}
	return r->status;
}

static int run(const struct asked *a)
{
	struct reading r = {.asked = a, .dir_fd = open(a->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
	int status, closed;

	if (r.dir_fd < 0) {
		spool_cannot_be_read(a->dir, -errno);
		return EXIT_INPUT;
	}
	status = output_open(&a->o, &r.out);
	if (status == 0) {
		r.out.render.options.whole = true;
		status = read_all(&r);
		closed = output_close(&r.out);
		status = closed ? closed : status;
	}
	close(r.dir_fd);
	return status;
}

static void help(void)
{
	puts("Usage: locktrace report list|show|rm [ID]... [OPTIONS]\n\n"
	     "The reports that --spool keeps: a line each, whole, or gone. Without an ID all "
	     "that fit.\n\n"
	     "      --spool DIR        where (default " SPOOL_DIR_DEFAULT ")\n"
	     "      --since TIME       first told then or later: 2h (ago), 2026-11-21, "
	     "\"2026-11-21 14:30\"\n"
	     "      --until TIME       ... or before\n"
	     "      --only FILTER      rule=, signature=, comm=, unit=, cgroup=: see "
	     "locktrace(1)\n"
	     "      --ignore FILTER    ... but not these\n"
	     "      --all              rm: everything\n"
	     "  -f, --format FORMAT    text, json; show: dot and html, too\n"
	     "  -o, --output FILE      write there\n"
	     "      --color WHEN       auto, always or never");
}

/* Returns 0, or -EINVAL after a message. */
static int check(const struct asked *a, bool all)
{
	const char *const words[] = {"auto", "always", "never"};
	bool color = false;

	for (size_t i = 0; i < 3; i++)
		color |= strcmp(a->o.color, words[i]) == 0;
	if (!renderer_find(a->o.format))
		error_line("--format=%s: must be one of: text, json, dot, html", a->o.format);
	else if (!color)
		error_line("--color=%s: must be one of: auto, always, never", a->o.color);
	else if (a->action == REPORT_LIST && strcmp(a->o.format, "text") != 0 &&
		 strcmp(a->o.format, "json") != 0)
		error_line("list: a list is text or json: for %s take show", a->o.format);
	else if (a->action == REPORT_RM && !all && !spool_select_is_set(&a->select))
		error_line("rm: which reports? An ID, --until 30d, --only FILTER, or --all");
	else
		return 0;
	return -EINVAL;
}

enum { OPT_SPOOL_DIR = 256, OPT_SINCE, OPT_UNTIL, OPT_ONLY_, OPT_IGNORE_, OPT_ALL, OPT_COLOR_ };

static int parse_option(struct asked *a, int opt, const char *arg)
{
	switch (opt) {
	case OPT_SPOOL_DIR:
		a->dir = arg;
		return 0;
	case OPT_SINCE:
		return spool_select_time("since", arg, os_wall_ns(), &a->select.since_s);
	case OPT_UNTIL:
		return spool_select_time("until", arg, os_wall_ns(), &a->select.until_s);
	case OPT_ONLY_:
		return spool_select_filter(&a->select, LIST_ONLY, arg);
	case OPT_IGNORE_:
		return spool_select_filter(&a->select, LIST_IGNORE, arg);
	case OPT_COLOR_:
		a->o.color = arg;
		return 0;
	case 'f':
		a->o.format = arg;
		return 0;
	case 'o':
		a->o.output = arg;
		return 0;
	default:
		error_option("report", opt);
		return -EINVAL;
	}
}

/* Returns 0, 1 if that was all (help), or -EINVAL after a message. */
static int parse(int argc, char **argv, struct asked *a)
{
	static const struct option options[] = {
		{"spool", required_argument, NULL, OPT_SPOOL_DIR},
		{"since", required_argument, NULL, OPT_SINCE},
		{"until", required_argument, NULL, OPT_UNTIL},
		{"only", required_argument, NULL, OPT_ONLY_},
		{"ignore", required_argument, NULL, OPT_IGNORE_},
		{"all", no_argument, NULL, OPT_ALL},
		{"format", required_argument, NULL, 'f'},
		{"output", required_argument, NULL, 'o'},
		{"color", required_argument, NULL, OPT_COLOR_},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	static const char *const actions[] = {"list", "show", "rm"};
	bool all = false;
	int opt, action = -1;

	optind = 1;
	while ((opt = getopt_long(argc, argv, ":f:o:h", options, NULL)) != -1) {
		if (opt == 'h') {
			help();
			return 1;
		}
		all |= opt == OPT_ALL;
		if (opt != OPT_ALL && parse_option(a, opt, optarg) != 0)
			return -EINVAL;
	}
	for (int i = 0; i < 3 && optind < argc; i++)
		action = strcmp(argv[optind], actions[i]) == 0 ? i : action;
	if (action < 0) {
		error_line("report: what about them? locktrace report list, show or rm");
		return -EINVAL;
	}
	a->action = (enum action)action;
	a->select.ids = argv + optind + 1;
	a->select.n_ids = (size_t)(argc - optind - 1);
	return check(a, all);
}

int cmd_report(int argc, char **argv)
{
	struct asked a = {.dir = SPOOL_DIR_DEFAULT, .o = {.format = "text", .color = "auto"}};
	int status = parse(argc, argv, &a);

	status = status < 0 ? EXIT_USAGE : status ? 0 : run(&a);
	filters_free(&a.select.filters);
	return status;
}
