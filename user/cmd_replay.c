// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "exit_status.h"
#include "message.h"
#include "offline_names.h"
#include "options/options.h"
#include "output.h"
#include "trace/trace.h"

static int put_engine(void *ctx, const struct fact *fact)
{
	return engine_put(ctx, fact);
}

/* Which exit status tells of which error of a trace. */
static int explain(const char *path, int err, const struct trace_error *error)
{
	static const struct {
		int err;
		int status;
	} known[] = {
		{-EMEDIUMTYPE, EXIT_TRACE_FOREIGN},
		{-EPROTONOSUPPORT, EXIT_TRACE_NEWER},
		{-EBADMSG, EXIT_TRACE_BROKEN},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (known[i].err != err)
			continue;
		error_line("%s, line %zu: %s", path, error->line, error->text);
		return known[i].status;
	}
	if (err == -EPROTO) {
		error_line("%s, line %zu: a fact stands where it cannot be", path, error->line);
		return EXIT_TRACE_BROKEN;
	}
	if (err == -ESPIPE) {
		error_line("%s: a trace is read twice, which needs a file and not a pipe", path);
		return EXIT_INPUT;
	}
	error_line("%s: %s", path, strerror(-err));
	return EXIT_INTERNAL;
}

static int replay(FILE *in, const struct options *o, const struct engine_out *out)
{
	struct trace_error error = {0};
	struct engine *engine;
	int status, err = engine_new(out, &engine);

	if (err) {
		error_line("out of memory");
		return EXIT_INTERNAL;
	}
	err = trace_read(in, &(struct fact_sink){put_engine, engine}, &error);
	if (err == 0)
		status = exit_status_of(engine_worst(engine));
	else if (err == -EPIPE)
		status = EXIT_OUTPUT; /* said when it is closed */
	else
		status = explain(o->file, err, &error);
	engine_free(engine);
	return status;
}

/*
 * The frames are named on their way out: the engine sees the facts as they
 * were recorded, so that signatures are those of the machine.
 */
static int replay_named(FILE *in, const struct options *o, struct output *out)
{
	struct offline_names names;
	struct engine_out named;
	int status = offline_names_open(o, &names);

	if (status)
		return status;
	symbolizer_out(names.symbolizer, &out->out, &named);
	status = replay(in, o, &named);
	symbolizer_summary(names.symbolizer);
	offline_names_close(&names);
	return status;
}

static int replay_file(const struct options *o)
{
	struct output out;
	FILE *in = fopen(o->file, "re");
	int status, closed;

	if (!in) {
		error_line("cannot read %s: %s", o->file, strerror(errno));
		return EXIT_INPUT;
	}
	status = output_open(o, &out);
	if (status == 0) {
		status = o->debug_dirs[0] ? replay_named(in, o, &out) : replay(in, o, &out.out);
		status = output_status(&out, status);
		closed = output_close(&out);
		status = closed ? closed : status;
	}
	fclose(in);
	return status;
}

int cmd_replay(int argc, char **argv)
{
	struct options o;
	int status = EXIT_NOTHING_STUCK;

	if (options_parse(argc, argv, OPTIONS_REPLAY, &o) != 0)
		return EXIT_USAGE;
	if (o.help)
		print_help(stdout);
	else
		status = replay_file(&o);
	options_free(&o);
	return status;
}
