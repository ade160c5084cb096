// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "options/config.h"
#include "exit_status.h"
#include "message.h"
#include "options/options.h"
#include "os/clock.h"
#include "output.h"
#include "trace/trace.h"
#include "watch/watch.h"

static int count_kept(void *ctx, const struct report *r)
{
	return metrics_out_kept(ctx, r, os_now_ns(), os_wall_ns());
}

static int begin(void *ctx, const struct fact_sink *facts)
{
	const struct output *out = ctx;
	int err = spool_out_begin(out->spool, facts);

	return err || !out->metrics ? err
				    : spool_out_each_open(out->spool, count_kept, out->metrics);
}

static int keep(void *ctx, const struct engine *e, const struct fact_tick *now, bool last)
{
	const struct output *out = ctx;

	spool_out_looked(out->spool, e, now, last);
	return 0;
}

/* Facts on their way into the record are counted. */
struct passing {
	struct fact_sink record; /* put NULL: none */
	struct metrics_out *metrics;
};

static int pass(void *ctx, const struct fact *fact)
{
	struct passing *p = ctx;

	metrics_out_fact(p->metrics, fact);
	return p->record.put ? fact_put(&p->record, fact) : 0;
}

static int run_recorded(struct watch *w, const struct options *o, const struct output *out)
{
	struct trace_writer *record = NULL;
	struct passing passing = {.metrics = out->metrics};
	const struct fact_sink sink = {.put = pass, .ctx = &passing};
	int status, err;

	if (!o->record)
		return watch_run(w, &out->out, out->metrics ? &sink : NULL);
	err = trace_writer_open(o->record, &record);
	if (err) {
		error_line("cannot write the record %s: %s", o->record, strerror(-err));
		return EXIT_OUTPUT;
	}
	passing.record = trace_writer_sink(record);
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

static void costs(void *ctx, struct metrics_hooks *ret)
{
	watch_costs(ctx, ret);
}

static void looked(void *ctx, const struct watch_look *look)
{
	const struct output *out = ctx;

	metrics_out_looked(out->metrics,
			   &(struct metrics_look){
				   .began_ns = look->began_ns,
				   .now_ns = look->now_ns,
				   .wall_ns = os_wall_ns(),
				   .hooks = look->hooks,
				   .parser_starts = look->parser_starts,
				   .silenced = out->silence ? silence_kept(out->silence) : 0,
				   .costs = costs,
				   .costs_ctx = look->watch,
				   .spool = out->spool ? spool_out_counts(out->spool) : NULL,
			   });
}

/* Output is opened last, so that a target that cannot be watched overwrites nothing. */
static int watch(int argc, char **argv, struct options *o)
{
	struct output out;
	struct session session = {argc, argv, o, &out};
	struct watch_reload on_reload = {reload, &session};
	struct watch_looked on_look = {looked, &out};
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
			watch_on_keeping(w, &(struct watch_keeping){begin, keep, &out});
		if (out.metrics)
			watch_on_look(w, &on_look);
		status = output_status(&out, run_recorded(w, o, &out));
		closed = output_close(&out);
		status = closed ? closed : status;
	}
	watch_close(w);
	return status;
}

#ifdef HAVE_CAPSTONE
static const char built_without[] = "";
#else
static const char built_without[] = " (built without libcapstone)";
#endif

int cmd_watch(int argc, char **argv)
{
	struct options o;
	int status = EXIT_NOTHING_STUCK;

	if (options_parse(argc, argv, OPTIONS_WATCH, &o) != 0)
		return EXIT_USAGE;
	if (o.help)
		print_help(stdout);
	else if (o.version)
		printf("locktrace %s%s\n", LOCKTRACE_VERSION, built_without);
	else
		status = watch(argc, argv, &o);
	options_free(&o);
	return status;
}
