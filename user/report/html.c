// SPDX-License-Identifier: GPL-2.0
/*
 * One page that needs nothing from anywhere: for each report the graph as a
 * drawing, the chains as text, and the stacks, folded.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "../core/words.h"
#include "html_graph.h"
#include "html_text.h"
#include "page.h"
#include "render.h"
#include "text_parts.h"
#include "words.h"

static const char style[] =
	"body{font:15px/1.45 system-ui,sans-serif;margin:2em auto;max-width:75em;padding:0 1em;"
	"color:#222;background:#fff}h1{font-size:1.2em}h2{font-size:1.3em;margin:1.6em 0 .2em}"
	"section{border-top:2px solid #ddd}pre{background:#f6f6f4;padding:1em;overflow-x:auto;"
	"font-size:13px}summary{cursor:pointer}"
	".opened,.snapshot,.changed,.escalated,.reopened,.warning{color:#a40000}"
	".resolved{color:#2a6a00}.faint{color:#666}"
	"svg{max-width:100%;height:auto;font:13px system-ui,sans-serif}"
	"@media(prefers-color-scheme:dark){body{background:#191919;color:#ddd}pre{background:#262626}"
	".faint{color:#999}"
	".opened,.snapshot,.changed,.escalated,.reopened,.warning{color:#ff8a80}.resolved{color:#8bd46a}"
	"svg{background:#eee;color:#222}}";

/* The parts of the text report that the page shows too, and what its rule means. */
enum part { PART_CHAINS, PART_STACK, PART_STACK_OWNERS, PART_PAGE };

static int write_part(struct render *memory, const struct report *r, enum part part, size_t stack)
{
	if (part == PART_CHAINS)
		return text_chains(memory, r);
	if (part == PART_PAGE)
		page_print(memory, page_find(r->rule));
	else if (part == PART_STACK)
		text_stack(memory, r, stack);
	else
		text_stack_owners(memory, r, stack);
	return 0;
}

/* Writes as the text report does, into memory; the result is escaped into the page. */
static int text_part(struct render *out, const struct report *r, enum part part, size_t stack)
{
	char *text = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&text, &size);
	struct render inner = {.out = memory, .options = {.unicode = true}};
	int err;

	if (!memory)
		return -ENOMEM;
	err = write_part(&inner, r, part, stack);
	if (fclose(memory) != 0 && !err)
		err = -ENOMEM;
	if (!err)
		html_escaped(out->out, text);
	free(text);
	return err;
}

/* "<p>what to do: TEXT</p>" */
static void paragraph(FILE *out, const char *class, const char *what, const char *text)
{
	fprintf(out, "<p class=\"%s\">%s", class, what);
	html_escaped(out, text);
	fputs("</p>\n", out);
}

static void losses(FILE *out, const struct fact_lost *lost, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		fputs(i ? ", " : "<p>not seen: ", out);
		html_escaped(out, lost[i].reason);
		fprintf(out, " %" PRIu64, lost[i].count);
	}
	if (n)
		fputs("</p>\n", out);
}

static int html_session(struct render *render, const struct fact_session *s)
{
	FILE *out = render->out;

	fprintf(out, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
		     "<meta name=\"viewport\" content=\"width=device-width\"><title>locktrace: ");
	html_escaped(out, s->target);
	fprintf(out, "</title><style>%s</style></head>\n<body><h1>locktrace ", style);
	html_escaped(out, s->version);
	fputs(": ", out);
	html_escaped(out, s->target);
	fputs(" on ", out);
	html_escaped(out, s->host ? s->host : "?");
	fputs("</h1>\n<p class=\"faint\">seen by ", out);
	html_escaped(out, s->via);
	if (s->hooks[0]) {
		fputs(" (", out);
		html_escaped(out, s->hooks);
		fputs(")", out);
	}
	fputs(", kernel ", out);
	html_escaped(out, s->kernel ? s->kernel : "?");
	fputs("</p>\n", out);
	return 0;
}

static int html_note(struct render *out, const struct fact_note *note)
{
	bool warning = note->level == NOTE_WARNING;

	paragraph(out->out, warning ? "warning" : "faint",
		  warning ? "warning: " : "note: ", note->text);
	return 0;
}

static void headline(FILE *out, const struct report *r)
{
	char since[WORDS], age[WORDS], at[WORDS], news[WORDS];

	fprintf(out, "<section class=\"report\" id=\"%s-%s\"><h2><span class=\"%s\">%s</span> ",
		r->id, word_event(r->event), word_event(r->event), words_event(r->event));
	html_escaped(out, r->title);
	fprintf(out, " <span class=\"faint\">%s, %s</span>%s</h2>\n<p><b>",
		word_certainty(r->certainty), r->id, words_news(r, news));
	html_escaped(out, r->summary ? r->summary : "");
	fprintf(out, "</b><br>%s %s, since %s; reported %s</p>\n",
		r->event == EVENT_RESOLVED ? "it lasted" : "stuck", words_lasted(r, age),
		words_moment(r->session, r->since_wall_ns, since),
		words_moment(r->session, r->wall_ns, at));
}

static void places(FILE *out, const struct report *r)
{
	char place[WORDS];
	size_t threads[PLACES_MAX], n = words_places(r, threads);

	for (size_t i = 0; i < n; i++) {
		const struct report_thread *t = &r->threads[threads[i]];

		fprintf(out, "<p class=\"faint\">process %d ", t->fact.ref.pid);
		html_escaped(out, t->process ? t->process : "?");
		fputs(": ", out);
		html_escaped(out, words_place(t, place));
		fputs("</p>\n", out);
	}
}

/* The stacks are long, and read only by who knows the code: one line each until asked for. */
static int stacks(struct render *out, const struct report *r)
{
	int err = 0;

	for (size_t i = 0; i < r->n_stacks && !err; i++) {
		fputs("<details><summary>stack of ", out->out);
		err = text_part(out, r, PART_STACK_OWNERS, i);
		fputs("</summary><pre>", out->out);
		if (!err)
			err = text_part(out, r, PART_STACK, i);
		fputs("</pre></details>\n", out->out);
	}
	return err;
}

static int explanation(struct render *out, const struct report *r)
{
	int err;

	if (!page_find(r->rule))
		return 0;
	fputs("<details class=\"explain\"><summary>what to do: locktrace explain ", out->out);
	html_escaped(out->out, r->rule);
	fputs("</summary><pre>", out->out);
	err = text_part(out, r, PART_PAGE, 0);
	fputs("</pre></details>\n", out->out);
	return err;
}

static int html_report(struct render *render, const struct report *r)
{
	FILE *out = render->out;
	int err = 0;

	headline(out, r);
	places(out, r);
	if (r->event != EVENT_RESOLVED && !words_is_one_line(r)) {
		err = html_graph(out, r);
		fputs("<pre>", out);
		if (!err)
			err = text_part(render, r, PART_CHAINS, 0);
		fputs("</pre>\n", out);
		if (!err)
			err = stacks(render, r);
		for (size_t i = 0; i < r->n_doubts; i++)
			paragraph(out, "doubt",
				  r->certainty == CERTAINTY_LIKELY ? "likely, not certain: "
								   : "possible, not certain: ",
				  r->doubts[i]);
		losses(out, r->lost, r->n_lost);
		if (r->advice)
			paragraph(out, "advice", "in short: ", r->advice);
		if (!err)
			err = explanation(render, r);
	}
	fputs("</section>\n", out);
	return err;
}

static int html_end(struct render *render, const struct report_end *end)
{
	FILE *out = render->out;
	char silenced[WORDS_SILENCED];

	words_silenced(end, silenced);
	if (end->opened == 0)
		fprintf(out,
			"<p>nothing%s is stuck: %" PRIu32 " threads looked at, %" PRIu32
			" parked</p>\n",
			*silenced ? " else" : "", end->threads, end->parked);
	else
		fprintf(out, "<p class=\"faint\">%zu stall%s reported, %zu still open</p>\n",
			end->opened, end->opened == 1 ? "" : "s", end->still_open);
	if (*silenced)
		paragraph(out, "faint", "", silenced);
	losses(out, end->lost, end->n_lost);
	fputs("</body></html>\n", out);
	return 0;
}

const struct renderer render_html = {
	.name = "html",
	.session = html_session,
	.note = html_note,
	.report = html_report,
	.end = html_end,
};
