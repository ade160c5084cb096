// SPDX-License-Identifier: GPL-2.0
#include "output.h"

#include <errno.h>
#include <inttypes.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exit_status.h"
#include "message.h"

/* https://no-color.org: set and not empty means never, whatever the terminal can do. */
bool output_color(const char *when, int fd)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	if (strcmp(when, "auto") != 0)
		return strcmp(when, "always") == 0;
	return isatty(fd) && !(no_color && *no_color) && !(term && strcmp(term, "dumb") == 0);
}

/* Files are UTF-8, so that a report is the same wherever it was made; terminals have a say. */
static bool want_unicode(int fd)
{
	return !isatty(fd) || strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

/* Formats for programs have no place for these: people read them beside. */
static int note_beside(void *ctx __attribute__((unused)), const struct fact_note *note)
{
	error_line("%s: %s", note->level == NOTE_WARNING ? "warning" : "note", note->text);
	return 0;
}

/* They may have one for the end itself. */
static int end_beside(void *ctx, const struct report_end *end)
{
	struct render *render = ctx;

	for (size_t i = 0; i < end->n_lost; i++)
		error_line("not seen: %s %" PRIu64, end->lost[i].reason, end->lost[i].count);
	return render_end(render, end);
}

/* The same for the same, whatever there is of it now. Ids are those of one PID namespace. */
static void describe_scope(const struct options *o, char *scope, size_t size)
{
	char ns[64] = "";

	if (readlink("/proc/self/ns/pid", ns, sizeof(ns) - 1) < 0)
		ns[0] = '\0';
	snprintf(scope, size, "%s pid=%d comm=%s unit=%s cgroup=%s children=%d", ns, (int)o->pid,
		 o->comm ? o->comm : "", o->unit ? o->unit : "", o->cgroup ? o->cgroup : "",
		 o->children);
}

/* What is silenced is not kept either. */
static int add_spool(const struct options *o, struct output *out)
{
	const struct spool_config c = {
		.dir = o->spool,
		.limits = o->spool_limits,
		.form = o->spool_compress,
		.in_place = o->file, /* a replay has nothing to look at meanwhile */
	};

	if (!o->file && !o->once)
		describe_scope(o, out->scope, sizeof(out->scope));
	if (!o->spool || spool_out_new(&c, *out->scope ? out->scope : NULL, &out->rendered,
				       &out->spool, &out->rendered) == 0)
		return 0;
	error_line("out of memory");
	output_close(out);
	return EXIT_INTERNAL;
}

/* Behind the spool, which ends what an earlier session told of. */
static int add_metrics(const struct options *o, struct output *out)
{
	if (!o->metrics_file || metrics_out_new(o->metrics_file, o->once, &out->rendered,
						&out->metrics, &out->rendered) == 0)
		return 0;
	error_line("out of memory");
	output_close(out);
	return EXIT_INTERNAL;
}

static int add_silence(const struct options *o, struct output *out)
{
	out->out = out->rendered;
	/* with files to read again, there may be some later */
	if (!o->filters.n[LIST_ONLY] && !o->filters.n[LIST_IGNORE] && !o->config)
		return 0;
	if (silence_new(&o->filters, &out->rendered, &out->silence, &out->out) == 0)
		return 0;
	error_line("out of memory");
	output_close(out);
	return EXIT_INTERNAL;
}

int output_open(const struct options *o, struct output *ret)
{
	FILE *file = stdout;

	if (o->output) {
		file = fopen(o->output, "we");
		if (!file) {
			error_line("cannot write %s: %s", o->output, strerror(errno));
			return EXIT_OUTPUT;
		}
	}
	*ret = (struct output){
		.path = o->output,
		.render = {.out = file,
			   .options = {.color = output_color(o->color, fileno(file)),
				       .unicode = want_unicode(fileno(file))}},
	};
	const struct renderer *renderer = renderer_find(o->format);

	renderer_out(renderer, &ret->render, &ret->rendered);
	if (!renderer->note) {
		ret->rendered.note = note_beside;
		ret->rendered.end = end_beside;
	}
	int status = add_metrics(o, ret);

	if (!status)
		status = add_spool(o, ret);
	return status ? status : add_silence(o, ret);
}

int output_status(const struct output *out, int status)
{
	return (status == EXIT_STUCK || status == EXIT_CONTENTION) && out->silence
		       ? exit_status_of(silence_worst(out->silence))
		       : status;
}

int output_close(struct output *out)
{
	int err = out->render.failed;
	bool whole = metrics_out_close(out->metrics); /* reads of the others */

	silence_free(out->silence);
	render_close(&out->render);
	errno = 0;
	if (!err && (ferror(out->render.out) || fflush(out->render.out) != 0))
		err = errno ? errno : EIO;
	if (out->path && fclose(out->render.out) != 0 && !err)
		err = errno;
	whole &= spool_out_close(out->spool); /* which has said so */
	if (!err)
		return whole ? 0 : EXIT_OUTPUT;
	error_line("cannot write %s: %s", out->path ? out->path : "the report", strerror(err));
	return EXIT_OUTPUT;
}
