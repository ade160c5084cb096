// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "config.h"
#include "exit_status.h"
#include "message.h"
#include "options.h"
#include "output.h"
#include "trace/trace.h"
#include "watch.h"

static int begin(void *ctx, const struct fact_sink *facts)
{
	return spool_out_begin(ctx, facts);
}

static int looked(void *ctx, const struct engine *e, const struct fact_tick *now, bool last)
{
	spool_out_looked(ctx, e, now, last);
	return 0;
}

static int run_recorded(struct watch *w, const struct options *o, const struct output *out)
{
	struct trace_writer *record = NULL;
	struct fact_sink sink;
	int status, err;

	if (!o->record)
		return watch_run(w, &out->out, NULL);
	err = trace_writer_open(o->record, &record);
	if (err) {
		error_line("cannot write the record %s: %s", o->record, strerror(-err));
		return EXIT_OUTPUT;
	}
	sink = trace_writer_sink(record);
	status = watch_run(w, &out->out, &sink);
	err = trace_writer_close(record);
	if (err && status != EXIT_OUTPUT) {
		error_line("the record %s is not whole: %s", o->record, strerror(-err));
		status = EXIT_OUTPUT;
	}
	return status;
}

/* What it takes to read the options again while they are used. */
struct session {
	int argc;
	char **argv;
	struct options *o;
	struct output *out;
};

/* What only a restart changes: everything but filters. */
static void name_what_waits(const struct config *now, const struct config *then)
{
	for (size_t i = 0; i < n_option_rows; i++) {
		const struct option_row *row = &option_rows[i];

		if (row->opt != OPT_ONLY && row->opt != OPT_IGNORE && !config_same(now, then, row))
			error_line("reload: %s has changed: that needs a restart", row->name);
	}
}

/* Open stalls go on: the engine is not touched. With anything wrong, nothing changes. */
static void reload(void *ctx)
{
	struct session *s = ctx;
	struct options fresh;
	struct filters old = s->o->filters;

	if (options_parse(s->argc, s->argv, OPTIONS_WATCH, &fresh) != 0) {
		error_line("reload: all stays as it was");
		return;
	}
	name_what_waits(s->o->config, fresh.config);
	s->o->filters = fresh.filters;
	fresh.filters = old;
	if (silence_refilter(s->out->silence, &s->o->filters) != 0) {
		fresh.filters = s->o->filters;
		s->o->filters = old;
		error_line("reload: out of memory: all stays as it was");
	} else {
		error_line("reload: filters: %zu only, %zu ignore", s->o->filters.n[LIST_ONLY],
			   s->o->filters.n[LIST_IGNORE]);
	}
	options_free(&fresh);
}

/* Output is opened last, so that a target that cannot be watched overwrites nothing. */
static int watch(int argc, char **argv, struct options *o)
{
	struct output out;
	struct session session = {argc, argv, o, &out};
	struct watch_reload on_reload = {reload, &session};
	struct watch *w;
	int status, closed;

	status = watch_open(o, &w);
	if (status)
		return status;
	status = output_open(o, &out);
	if (!status) {
		if (o->config)
			watch_on_reload(w, &on_reload);
		if (out.spool)
			watch_on_keeping(w, &(struct watch_keeping){begin, looked, out.spool});
		status = output_status(&out, run_recorded(w, o, &out));
		closed = output_close(&out);
		status = closed ? closed : status;
	}
	watch_close(w);
	return status;
}

int cmd_watch(int argc, char **argv)
{
	struct options o;
	int status = EXIT_NOTHING_STUCK;

	if (options_parse(argc, argv, OPTIONS_WATCH, &o) != 0)
		return EXIT_USAGE;
	if (o.help)
		print_help(stdout);
	else if (o.version)
		printf("locktrace %s\n", LOCKTRACE_VERSION);
	else
		status = watch(argc, argv, &o);
	options_free(&o);
	return status;
}
