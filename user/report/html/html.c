// SPDX-License-Identifier: GPL-2.0
/*
 * One page that needs nothing from anywhere, for a person: each report is a
 * section. It is written as reports come, and whole at the end.
 */
#include <inttypes.h>

#include "html_parts.h"
#include "../render.h"
#include "../words.h"

/* Nothing may be loaded or run, and nothing is styled but by the page itself. */
static const char policy[] = "default-src 'none'; style-src 'sha256-%s'; base-uri 'none'; "
			     "form-action 'none'";

static void head(FILE *out)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"",
	      out);
	fprintf(out, policy, html_style_sha256);
	fputs("\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<meta name=\"color-scheme\" content=\"light dark\">\n"
	      "<meta name=\"referrer\" content=\"no-referrer\">\n<title>locktrace",
	      out);
}

/* The list of all stalls is written at the end, and shown here: html_overview.c. */
static const char slots[] = "<main><template shadowrootmode=\"open\"><slot name=\"overview\">"
			    "</slot><slot></slot></template>\n";

static int html_session(struct render *render, const struct fact_session *s)
{
	FILE *out = render->out;
	char at[WORDS];

	head(out);
	fputs(": ", out);
	html_escaped(out, s->target);
	fprintf(out, "</title>\n<style>%s</style></head>\n<body>\n<header><h1>", html_style);
	html_name(out, s->target);
	fputs("</h1>\n<p class=\"faint\">on ", out);
	html_name(out, s->host ? s->host : "?");
	if (s->wall_ns)
		fprintf(out, ", %s <span class=\"time\">%s</span>",
			s->once ? "looked at" : "watched from", words_moment(s, s->wall_ns, at));
	fputs(", by locktrace ", out);
	html_escaped(out, s->version);
	fprintf(out, "</p></header>\n%s", slots);
	html_overview_free(render->overview);
	return html_overview_new(&render->overview);
}

static int html_note(struct render *render, const struct fact_note *note)
{
	bool warning = note->level == NOTE_WARNING;

	fprintf(render->out, "<p class=\"%s\">%s: ", warning ? "warning" : "faint",
		warning ? "warning" : "note");
	html_escaped(render->out, note->text);
	fputs("</p>\n", render->out);
	return 0;
}

static int html_report(struct render *render, const struct report *r)
{
	int err = 0;

	if (render->overview)
		err = html_overview_add(render->overview, r);
	return err ? err : html_section(render->out, r, render->reports + 1, render->options.whole);
}

static void nothing_stuck(FILE *out, const struct report_end *end, bool silenced)
{
	fprintf(out, "<p>Nothing%s is stuck.", silenced ? " else" : "");
	if (end->threads)
		fprintf(out, " %" PRIu32 " threads were looked at, %" PRIu32 " are parked.",
			end->threads, end->parked);
	fputs("</p>\n", out);
}

static int html_end(struct render *render, const struct report_end *end)
{
	FILE *out = render->out;
	char silenced[WORDS_SILENCED];

	/* nothing was to be told, not even of what */
	if (!render->overview) {
		head(out);
		fprintf(out,
			"</title>\n<style>%s</style></head>\n<body>\n<header><h1>locktrace</h1>"
			"</header>\n%s",
			html_style, slots);
	} else {
		html_overview_write(out, render->overview);
	}
	words_silenced(end, silenced);
	if (!render->reports)
		nothing_stuck(out, end, *silenced);
	fputs("</main>\n<footer>", out);
	if (*silenced)
		html_tagged(out, "p", silenced);
	html_losses(out, end->lost, end->n_lost);
	fputs("<p class=\"faint\">This file needs no network, and nothing in it runs.</p>"
	      "</footer>\n</body></html>\n",
	      out);
	html_overview_free(render->overview);
	render->overview = NULL;
	return 0;
}

static void html_close(struct render *render)
{
	html_overview_free(render->overview);
	render->overview = NULL;
}

const struct renderer render_html = {
	.name = "html",
	.session = html_session,
	.note = html_note,
	.report = html_report,
	.end = html_end,
	.close = html_close,
};
