// SPDX-License-Identifier: GPL-2.0
/*
 * One page that needs nothing from anywhere: for each report the graph as a
 * drawing and the text report below it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../core/words.h"
#include "html_graph.h"
#include "html_text.h"
#include "render.h"
#include "text_parts.h"
#include "words.h"

static const char style[] =
	"body{font:15px/1.45 system-ui,sans-serif;margin:2em auto;max-width:75em;padding:0 1em;"
	"color:#222;background:#fff}h1{font-size:1.2em}h2{font-size:1.3em;margin:1.6em 0 .2em}"
	"section{border-top:2px solid #ddd}pre{background:#f6f6f4;padding:1em;overflow-x:auto;"
	"font-size:13px}.opened,.snapshot,.changed{color:#a40000}.resolved{color:#2a6a00}"
	".faint{color:#666}svg{max-width:100%;height:auto;font:13px system-ui,sans-serif}"
	"@media(prefers-color-scheme:dark){body{background:#191919;color:#ddd}pre{background:#262626}"
	"svg{background:#eee;color:#222}}";

/* The text report, escaped: it is written to memory first. */
static int text_part(struct render *out, const struct report *r)
{
	char *text = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&text, &size);

	if (!memory)
		return -errno;
	struct render inner = {.out = memory, .options = {.unicode = true}};

	text_chains(&inner, r);
	text_stacks(&inner, r);
	if (fclose(memory) != 0) {
		free(text);
		return -ENOMEM;
	}
	fputs("<pre>", out->out);
	html_escaped(out->out, text);
	fputs("</pre>\n", out->out);
	free(text);
	return 0;
}

static int html_session(struct render *out, const struct fact_session *s)
{
	fprintf(out->out,
		"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
		"<meta name=\"viewport\" content=\"width=device-width\"><title>locktrace</title>"
		"<style>%s</style></head>\n<body><h1>locktrace %s: ",
		style, s->version);
	html_escaped(out->out, s->target);
	fputs(" on ", out->out);
	html_escaped(out->out, s->host ? s->host : "?");
	fprintf(out->out, "</h1>\n<p class=\"faint\">seen by %s, kernel ", s->via);
	html_escaped(out->out, s->kernel ? s->kernel : "?");
	fputs("</p>\n", out->out);
	return 0;
}

static int html_report(struct render *out, const struct report *r)
{
	char since[WORDS], age[WORDS];
	int err;

	fprintf(out->out, "<section class=\"report\"><h2><span class=\"%s\">%s</span> ",
		word_event(r->event), r->rule);
	html_escaped(out->out, r->title);
	fprintf(out->out, " <span class=\"faint\">%s, %s</span></h2>\n<p><b>",
		word_certainty(r->certainty), r->id);
	html_escaped(out->out, r->summary ? r->summary : "");
	fprintf(out->out, "</b><br>since %s, %s</p>\n",
		words_moment(r->session, r->since_wall_ns, since),
		words_waited(r->lasted_ns, r->since_quality, age));
	if (r->event != EVENT_RESOLVED) {
		err = html_graph(out->out, r);
		if (!err)
			err = text_part(out, r);
		if (err)
			return err;
		for (size_t i = 0; i < r->n_doubts; i++) {
			fputs("<p>why not certain: ", out->out);
			html_escaped(out->out, r->doubts[i]);
			fputs("</p>\n", out->out);
		}
		if (r->advice) {
			fputs("<p>what to do: ", out->out);
			html_escaped(out->out, r->advice);
			fputs("</p>\n", out->out);
		}
	}
	fputs("</section>\n", out->out);
	return 0;
}

static int html_end(struct render *out, const struct report_end *end)
{
	fprintf(out->out,
		"<p class=\"faint\">%zu stall%s reported, %zu still open</p></body></html>\n",
		end->opened, end->opened == 1 ? "" : "s", end->still_open);
	return 0;
}

const struct renderer render_html = {
	.name = "html",
	.session = html_session,
	.report = html_report,
	.end = html_end,
};
