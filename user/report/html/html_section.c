// SPDX-License-Identifier: GPL-2.0
/* One report: what it is, the picture, the words, the times, the stacks, what to do. */
#include <inttypes.h>

#include "../../core/words.h"
#include "html_parts.h"
#include "../words.h"

static void fact_begin(FILE *out, const char *what)
{
	fprintf(out, "<div><dt>%s</dt><dd>", what);
}

static void fact_end(FILE *out)
{
	fputs("</dd></div>\n", out);
}

static void fact(FILE *out, const char *what, const char *text)
{
	fact_begin(out, what);
	html_escaped(out, text);
	fact_end(out);
}

void html_losses(FILE *out, const struct fact_lost *lost, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		fputs(i ? ", " : "<p class=\"faint\">not seen: ", out);
		html_escaped(out, lost[i].reason);
		fprintf(out, " %" PRIu64, lost[i].count);
	}
	if (n)
		fputs("</p>\n", out);
}

static void headline(FILE *out, const struct report *r, size_t section, bool brief)
{
	bool calm = r->event == EVENT_MERGED || r->event == EVENT_SUPPRESSED ||
		    r->severity == SEVERITY_CONTENTION;
	const char *state = r->event == EVENT_RESOLVED ? "resolved" : calm ? "told" : "open";
	char news[WORDS], at[WORDS];

	fprintf(out,
		"<article class=\"report\" id=\"s%zu\" aria-labelledby=\"h%zu\">\n"
		"<p class=\"faint\"><span class=\"badge %s\">%s</span> <span class=\"time\">%s</span>"
		" <span>",
		section, section, state, words_event(r), words_moment(r->session, r->wall_ns, at));
	html_escaped(out, r->id);
	fprintf(out, "</span></p>\n<h2 id=\"h%zu\">", section);
	html_escaped(out, r->title);
	html_escaped(out, words_news(r, news));
	fputs("</h2>\n", out);
	if (brief)
		return;
	if (r->heading && r->event != EVENT_RESOLVED) {
		fputs("<p class=\"summary\"><b>", out);
		html_escaped(out, r->heading);
		fputs("</b></p>\n", out);
	}
	if (r->summary) {
		fputs("<p class=\"summary\">", out);
		html_escaped(out, r->summary);
		fputs("</p>\n", out);
	}
}

static void roots(FILE *out, const struct report *r)
{
	char name[WORDS];

	for (size_t i = 0, shown = 0; i < r->n_threads && shown < 8; i++) {
		const struct report_thread *t = &r->threads[i];

		if (t->role != ROLE_ROOT)
			continue;
		fact_begin(out, "root blocker");
		fputs("<b>", out);
		html_name(out, words_thread(r, i, name));
		fputs("</b>: ", out);
		html_escaped(out, t->fact.doing ? t->fact.doing : "?");
		fact_end(out);
		shown++;
	}
}

static void stuck_since(FILE *out, const struct report *r)
{
	char age[WORDS], since[WORDS];

	fact_begin(out, r->event == EVENT_RESOLVED ? "it lasted" : words_stuck(r));
	fprintf(out, "%s, since <span class=\"time\">%s</span>%s", words_lasted(r, age),
		words_moment(r->session, r->since_wall_ns, since),
		r->already_stuck ? " (before locktrace looked)" : "");
	fact_end(out);
	if (r->event == EVENT_RESOLVED && r->life.first != REPORT_NONE) {
		char name[WORDS];

		fact_begin(out, "moved first");
		fputs(r->life.first_evidence == EVIDENCE_EXACT ? "" : "probably ", out);
		html_name(out, words_thread(r, r->life.first, name));
		fputs(", ", out);
		html_escaped(out, r->life.first_how ? r->life.first_how : "");
		fact_end(out);
	}
}

static void certainty(FILE *out, const struct report *r)
{
	fact_begin(out, "how sure");
	fputs(word_certainty(r->certainty), out);
	if (r->n_doubts)
		fputs(", and not certain because:<ul>\n", out);
	for (size_t i = 0; i < r->n_doubts; i++) {
		fputs("<li>", out);
		html_escaped(out, r->doubts[i]);
		fputs("</li>\n", out);
	}
	fputs(r->n_doubts ? "</ul>" : "", out);
	fact_end(out);
}

/* Processes of services and containers, by which their owners know them. */
static void places(FILE *out, const struct report *r)
{
	char place[WORDS];
	size_t threads[PLACES_MAX], n = words_places(r, threads);

	for (size_t i = 0; i < n; i++) {
		const struct report_thread *t = &r->threads[threads[i]];

		fact_begin(out, "where");
		fprintf(out, "process %d ", t->fact.ref.pid);
		html_name(out, t->process ? t->process : "?");
		fputs(": ", out);
		html_escaped(out, words_place(t, place));
		fact_end(out);
	}
}

static void legend(FILE *out, const struct picture *p)
{
	bool unsure = false, cycle = false;

	for (size_t i = 0; i < p->n_edges; i++) {
		const struct report_holder *h = p->edges[i].holder;

		unsure |= h && h->fact.evidence != EVIDENCE_EXACT;
		cycle |= p->edges[i].cycle;
	}
	fprintf(out, "<figcaption>From who waits to who must move.%s%s</figcaption>",
		cycle ? " The circle is red." : "", unsure ? " Dashed is not proven." : "");
}

static int graph(FILE *out, const struct report *r, size_t section)
{
	struct picture p;
	int err = picture_new(r, &p);

	if (err)
		return err;
	if (r->event != EVENT_RESOLVED && p.n_boxes) {
		fputs("<h3>Who waits for whom</h3>\n<div class=\"graph\"><figure>", out);
		html_graph(out, &p, section);
		legend(out, &p);
		fputs("</figure>\n", out);
		err = html_steps(out, &p, section);
		fputs("</div>\n", out);
	}
	fputs("<h3>When</h3>\n", out);
	if (!err)
		err = html_times(out, &p);
	picture_free(&p);
	return err;
}

static void advice(FILE *out, const struct report *r)
{
	const struct page *page = page_find(r->rule);
	const char *title;
	size_t n;

	if (!page && !r->advice)
		return;
	fputs("<h3>What to do</h3>\n", out);
	if (r->advice) {
		fputs("<p>", out);
		html_escaped(out, r->advice);
		fputs("</p>\n", out);
	}
	if (!page)
		return;
	fputs("<details class=\"explain\"><summary>", out);
	title = page_title(page, &n);
	html_escaped(out, r->rule);
	fputs(": ", out);
	html_escaped_n(out, title, n);
	fputs("</summary>\n", out);
	html_rule_page(out, page);
	fputs("</details>\n", out);
}

static void about(FILE *out, const struct report *r)
{
	const struct fact_session *s = r->session;
	char threshold[WORDS];

	fputs("<h3>About this report</h3>\n<dl>\n", out);
	fact(out, "machine", s->host ? s->host : "?");
	fact(out, "watched", s->target);
	fact_begin(out, "seen by");
	html_escaped(out, s->via);
	if (s->hooks && s->hooks[0]) {
		fputs(": ", out);
		html_escaped(out, s->hooks);
	}
	fprintf(out, "; threshold %s", words_age(s->threshold_ns, threshold));
	fact_end(out);
	fact(out, "kernel", s->kernel ? s->kernel : "?");
	fact(out, "rule", r->rule);
	fact_begin(out, "signature");
	html_tagged(out, "code", r->signature);
	fputs(r->signature_partial ? " (in part: a place could not be had)" : "", out);
	fact_end(out);
	fputs("</dl>\n", out);
	html_losses(out, r->lost, r->n_lost);
	for (size_t i = 0; i < r->n_unseen; i++) {
		fputs("<p class=\"faint\">not seen exactly: ", out);
		html_escaped(out, r->unseen[i].what);
		fputs("</p>\n", out);
	}
}

int html_section(FILE *out, const struct report *r, size_t section, bool whole)
{
	bool brief = words_is_one_line(r) && !whole, over = r->event == EVENT_RESOLVED;
	int err = 0;

	headline(out, r, section, brief);
	if (!brief) {
		fputs("<dl>\n", out);
		roots(out, r);
		stuck_since(out, r);
		places(out, r);
		if (!over || whole)
			certainty(out, r);
		fputs("</dl>\n", out);
		err = graph(out, r, section);
	}
	if (!err && !brief && (!over || whole)) {
		advice(out, r);
		html_stacks(out, r, section);
		about(out, r);
	}
	fputs("</article>\n", out);
	return err;
}
