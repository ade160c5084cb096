// SPDX-License-Identifier: GPL-2.0
/*
 * Reports of another machine, read back from their JSON: the same again, with
 * names for the frames.
 */
#include <errno.h>
#include <search.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "commands.h"
#include "exit_status.h"
#include "message.h"
#include "offline_names.h"
#include "options/options.h"
#include "output.h"
#include "report/json/json_read.h"
#include "report/json/json_split.h"

struct reading {
	const char *name; /* of the file, for messages */
	struct json_split split;
	struct output *out;
	bool json; /* written as JSON again */
	struct symbolizer *symbolizer;
	char host[256], target[256];
	size_t n, opened, contended;
	void *told; /* tsearch(3): ids of stalls that were */
};

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* What follows in a stream is told briefly, what comes alone, of a spool, whole. 0 or -ENOMEM. */
static int told_before(struct reading *r, const char *id, bool *ret)
{
	char *key = strdup(id), **found = key ? tsearch(key, &r->told, compare) : NULL;

	*ret = found && *found != key;
	if (!found || *ret)
		free(key);
	return found ? 0 : -ENOMEM;
}

/* Which exit status tells of which error. */
static int explain(const struct reading *r, int err, const char *why)
{
	static const struct {
		int err, status;
		const char *why;
	} known[] = {
		{-EMEDIUMTYPE, EXIT_TRACE_FOREIGN, "this is not a report in JSON"},
		{-EPROTONOSUPPORT, EXIT_TRACE_NEWER, ""},
		{-EBADMSG, EXIT_TRACE_BROKEN, "the file ends within a report: it was truncated"},
		{-EFBIG, EXIT_TRACE_BROKEN, "a report is longer than 64 MiB"},
		{-EIO, EXIT_INPUT, "it cannot be read"},
	};

	if (err == -EPIPE)
		return EXIT_OUTPUT; /* said when it is closed */
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (known[i].err != err)
			continue;
		error_line("%s, report %zu (line %zu): %s", r->name, r->n + 1, r->split.line,
			   *why ? why : known[i].why);
		return known[i].status;
	}
	error_line("%s: %s", r->name, strerror(-err));
	return EXIT_INTERNAL;
}

/* A file may hold reports of several machines: whoever reads them is told where one begins. */
static int tell_session(struct reading *r, const struct fact_session *s)
{
	const char *host = s->host ? s->host : "?";
	struct engine_out *out = &r->out->out;
	bool same = strncmp(r->host, host, sizeof(r->host) - 1) == 0 &&
		    strncmp(r->target, s->target, sizeof(r->target) - 1) == 0;
	char text[600];
	int err = 0;

	if (r->json || (r->n && same))
		return 0;
	snprintf(text, sizeof(text), "from here on: %.250s on %.250s", s->target, host);
	if (!r->n && out->session)
		err = out->session(out->ctx, s);
	else if (r->n && out->note)
		err = out->note(out->ctx, &(struct fact_note){.level = NOTE_INFO, .text = text});
	snprintf(r->host, sizeof(r->host), "%s", host);
	snprintf(r->target, sizeof(r->target), "%s", s->target);
	return err;
}

static int write_json(struct render *render, const struct json_read *j, const struct report *named)
{
	int err;

	errno = 0;
	err = json_read_write(j, named, render->out);
	if (!err && fflush(render->out) == 0)
		return 0;
	if (err == -ENOMEM)
		return err;
	render->failed = errno ? errno : EIO;
	return -EPIPE;
}

static int one_report(struct reading *r, const struct json_read *j)
{
	struct engine_out *out = &r->out->out;
	struct report named;
	bool before;
	int err;

	if (!json_read_report(j))
		return r->json ? write_json(&r->out->render, j, NULL) : 0;
	err = symbolizer_name(r->symbolizer, json_read_report(j), &named);
	if (!err)
		err = told_before(r, named.id, &before);
	if (!err)
		r->out->render.options.whole = !before;
	if (!err)
		err = tell_session(r, named.session);
	if (!err)
		err = r->json ? write_json(&r->out->render, j, &named)
			      : out->report(out->ctx, &named);
	if (named.event == EVENT_OPENED || named.event == EVENT_SNAPSHOT) {
		r->opened++;
		r->contended += named.severity == SEVERITY_CONTENTION;
	}
	return err;
}

/* HTML is not whole without an end; the text of one would tell of a watch that was elsewhere. */
static int finish(struct reading *r)
{
	static const struct fact_session none = {.version = "", .target = "", .once = true};
	const struct report_end end = {
		.session = &none, .why = "", .opened = r->opened, .contended = r->contended};
	struct engine_out *out = &r->out->out;

	if (r->n && r->out->render.renderer == &render_html)
		return out->end(out->ctx, &end);
	return 0;
}

static int read_all(struct reading *r)
{
	char why[JSON_READ_WHY] = "";
	const char *text;
	size_t size;
	int err;

	while ((err = json_split_next(&r->split, &text, &size)) > 0) {
		struct json_read *j = NULL;

		err = json_read(text, size, &j, why);
		if (!err)
			err = one_report(r, j);
		json_read_free(j);
		if (err)
			break;
		r->n++;
	}
	if (!err)
		err = finish(r);
	json_split_free(&r->split);
	symbolizer_summary(r->symbolizer);
	return err ? explain(r, err, why) : EXIT_NOTHING_STUCK;
}

/* To write over what is being read would leave neither. */
static bool is_same_file(FILE *in, const char *output)
{
	struct stat a, b;

	return output && fstat(fileno(in), &a) == 0 && S_ISREG(a.st_mode) &&
	       stat(output, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static int symbolize(FILE *in, const struct options *o)
{
	struct offline_names names;
	struct output out;
	int status, closed;

	if (is_same_file(in, o->output)) {
		error_line("--output %s: that is the file to be read", o->output);
		return EXIT_USAGE;
	}
	status = offline_names_open(o, &names);
	if (status)
		return status;
	status = output_open(o, &out);
	if (status == 0) {
		struct reading r = {
			.name = strcmp(o->file, "-") == 0 ? "standard input" : o->file,
			.split = {.in = in},
			.out = &out,
			.json = out.render.renderer == &render_json,
			.symbolizer = names.symbolizer,
		};

		status = read_all(&r);
		tdestroy(r.told, free);
		closed = output_close(&out);
		status = closed ? closed : status;
	}
	offline_names_close(&names);
	return status;
}

static int symbolize_file(const struct options *o)
{
	FILE *in = strcmp(o->file, "-") == 0 ? stdin : fopen(o->file, "re");
	int status;

	if (!in) {
		error_line("cannot read %s: %s", o->file, strerror(errno));
		return EXIT_INPUT;
	}
	status = symbolize(in, o);
	if (in != stdin)
		fclose(in);
	return status;
}

int cmd_symbolize(int argc, char **argv)
{
	struct options o;
	int status = EXIT_NOTHING_STUCK;

	if (options_parse(argc, argv, OPTIONS_SYMBOLIZE, &o) != 0)
		return EXIT_USAGE;
	if (o.help)
		print_help(stdout);
	else
		status = symbolize_file(&o);
	options_free(&o);
	return status;
}
