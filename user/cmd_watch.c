// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "exit_status.h"
#include "message.h"
#include "options.h"
#include "output.h"
#include "trace/trace.h"
#include "watch.h"

/* What passes by on its way into the record: the time, for what waits to be kept. */
struct passing {
	struct fact_sink record; /* put NULL: none */
	struct spool_out *spool;
};

static int pass(void *ctx, const struct fact *fact)
{
	struct passing *p = ctx;

	if (fact->type == FACT_TICK)
		spool_out_retry(p->spool, fact->tick.now_ns);
	return p->record.put ? fact_put(&p->record, fact) : 0;
}

static int run_recorded(struct watch *w, const struct options *o, const struct output *out)
{
	struct trace_writer *record = NULL;
	struct passing passing = {.spool = out->spool};
	const struct fact_sink sink = {.put = pass, .ctx = &passing};
	int status, err;

	if (!o->record)
		return watch_run(w, &out->out, out->spool ? &sink : NULL);
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

/* Output is opened last, so that a target that cannot be watched overwrites nothing. */
static int watch(const struct options *o)
{
	struct output out;
	struct watch *w;
	int status, closed;

	status = watch_open(o, &w);
	if (status)
		return status;
	status = output_open(o, &out);
	if (!status) {
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
		status = watch(&o);
	options_free(&o);
	return status;
}
