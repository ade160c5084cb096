// SPDX-License-Identifier: GPL-2.0
/*
 * The report for people: what it is, the root blocker first, since when, the
 * chains that lead to it, the stacks, and what to do.
 */
#include <inttypes.h>
#include <string.h>

#include "../core/words.h"
#include "render.h"
#include "text_parts.h"
#include "utf8.h"
#include "words.h"

static int text_session(struct render *out, const struct fact_session *s)
{
	char version[80], target[WORDS], kernel[80], hooks[WORDS], threshold[WORDS];
	const char *way = strcmp(s->via, "hooks") == 0	  ? "hooks: "
			  : strcmp(s->via, "census") == 0 ? "by census (BPF)"
							  : "by /proc";

	fprintf(out->out, "locktrace %s: %s %s, threshold %s, %s%s, kernel %s\n",
		utf8_shown(s->version, version, sizeof(version)),
		s->once ? "looking at" : "watching", utf8_shown(s->target, target, sizeof(target)),
		words_age(s->threshold_ns, threshold), way,
		utf8_shown(s->hooks, hooks, sizeof(hooks)),
		utf8_shown(s->kernel ? s->kernel : "?", kernel, sizeof(kernel)));
	return 0;
}

static int text_note(struct render *out, const struct fact_note *note)
{
	fprintf(out->out, "%s: ", note->level == NOTE_WARNING ? "warning" : "note");
	utf8_put(out->out, note->text);
	fputc('\n', out->out);
	return 0;
}

static void headline(struct render *out, const struct report *r)
{
	char title[WORDS], news[WORDS];

	fprintf(out->out, "\n%s%s%s  %s  %s[%s, %s]%s%s\n",
		text_on(out, r->event == EVENT_RESOLVED		  ? STYLE_GOOD
			     : r->severity == SEVERITY_CONTENTION ? STYLE_STRONG
								  : STYLE_ALARM),
		words_event(r), text_off(out), utf8_shown(r->title, title, sizeof(title)),
		text_on(out, STYLE_FAINT), word_certainty(r->certainty), r->id, text_off(out),
		words_news(r, news));
}

static void root_lines(struct render *out, const struct report *r)
{
	char name[WORDS], doing[WORDS];

	for (size_t i = 0; i < r->n_threads; i++) {
		const struct report_thread *t = &r->threads[i];

		if (t->role != ROLE_ROOT)
			continue;
		fprintf(out->out, "  %sroot blocker%s  %s: %s\n", text_on(out, STYLE_ROOT),
			text_off(out), words_thread(r, i, name),
			utf8_shown(t->fact.doing ? t->fact.doing : "?", doing, sizeof(doing)));
	}
}

static void since_line(struct render *out, const struct report *r)
{
	char age[WORDS], moment[WORDS], at[WORDS];

	if (r->event == EVENT_RESOLVED) {
		fprintf(out->out, "  it lasted %s, since %s\n", words_lasted(r, age),
			words_moment(r->session, r->since_wall_ns, moment));
		return;
	}
	fprintf(out->out, "  %s %s, since %s%s; reported %s\n", words_stuck(r),
		words_waited(r->lasted_ns, r->since_quality, age),
		words_moment(r->session, r->since_wall_ns, moment),
		r->already_stuck ? " (before locktrace looked)" : "",
		words_moment(r->session, r->wall_ns, at));
}

/* Processes of services and containers, by which their owners know them. */
static void place_lines(struct render *out, const struct report *r)
{
	char place[WORDS], comm[WORDS];
	size_t threads[PLACES_MAX], n = words_places(r, threads);

	for (size_t i = 0; i < n; i++) {
		const struct report_thread *t = &r->threads[threads[i]];

		fprintf(out->out, "  process %d %s: %s\n", t->fact.ref.pid,
			utf8_shown(t->process ? t->process : "?", comm, sizeof(comm)),
			words_place(t, place));
	}
}

static void losses(struct render *out, const struct fact_lost *lost, size_t n)
{
	char reason[WORDS];

	for (size_t i = 0; i < n; i++)
		fprintf(out->out, "%s%s %" PRIu64, i ? ", " : "  not seen: ",
			utf8_shown(lost[i].reason, reason, sizeof(reason)), lost[i].count);
	if (n)
		fputc('\n', out->out);
}

static void unseen_lines(struct render *out, const struct fact_unseen *unseen, size_t n,
			 uint64_t wall_ns)
{
	char age[WORDS];

	for (size_t i = 0; i < n; i++) {
		uint64_t since_ns = unseen[i].since_wall_ns;

		fprintf(out->out, "  not seen exactly for %s: ",
			words_age(wall_ns > since_ns ? wall_ns - since_ns : 0, age));
		utf8_put(out->out, unseen[i].what);
		fputc('\n', out->out);
	}
}

static void end_lines(struct render *out, const struct report *r)
{
	char name[WORDS], how[WORDS];

	if (r->life.first == REPORT_NONE)
		return;
	fprintf(out->out, "  moved first: %s%s, %s\n",
		r->life.first_evidence == EVIDENCE_EXACT ? "" : "probably ",
		words_thread(r, r->life.first, name),
		utf8_shown(r->life.first_how, how, sizeof(how)));
}

static int text_report(struct render *out, const struct report *r)
{
	bool over = r->event == EVENT_RESOLVED;
	char signature[WORDS];
	int err;

	headline(out, r);
	if (words_is_one_line(r) && !out->options.whole)
		return 0;
	if (r->heading && !over) {
		fprintf(out->out, "  %s", text_on(out, STYLE_STRONG));
		utf8_put(out->out, r->heading);
		fprintf(out->out, "%s\n", text_off(out));
	}
	fputs("  ", out->out);
	utf8_put(out->out, r->summary ? r->summary : r->title);
	fputc('\n', out->out);
	root_lines(out, r);
	since_line(out, r);
	place_lines(out, r);
	if (over)
		end_lines(out, r);
	if (over && !out->options.whole)
		return 0;
	fputc('\n', out->out);
	err = text_chains(out, r);
	if (err)
		return err;
	text_stacks(out, r);
	for (size_t i = 0; i < r->n_doubts; i++) {
		fprintf(out->out, "  %s, not certain: ", word_certainty(r->certainty));
		utf8_put(out->out, r->doubts[i]);
		fputc('\n', out->out);
	}
	losses(out, r->lost, r->n_lost);
	unseen_lines(out, r->unseen, r->n_unseen, r->wall_ns);
	fprintf(out->out, "  %ssignature: %s%s\n", text_on(out, STYLE_FAINT),
		utf8_shown(r->signature, signature, sizeof(signature)), text_off(out));
	if (r->advice) {
		fputs("  in short: ", out->out);
		utf8_put(out->out, r->advice);
		fputc('\n', out->out);
	}
	fputs("  what to do: locktrace explain ", out->out);
	utf8_put(out->out, r->rule);
	fputc('\n', out->out);
	return 0;
}

static int text_end(struct render *out, const struct report_end *end)
{
	char why[WORDS], lasted[WORDS], opened[WORDS], suppressed[48] = "", kept[48] = "",
						       silenced[WORDS_SILENCED];
	uint64_t began = end->session->now_ns;

	if (end->suppressed)
		snprintf(suppressed, sizeof(suppressed), " and %" PRIu64 " more counted",
			 end->suppressed);
	if (end->kept)
		snprintf(kept, sizeof(kept), ", %zu from before", end->kept);
	words_silenced(end, silenced);
	words_opened(end, opened);
	if (end->session->once && end->opened)
		fprintf(out->out, "\n%s%s\n", opened,
			end->opened == end->contended ? ", nothing is stuck" : "");
	else if (end->session->once)
		fprintf(out->out, "nothing%s is %sstuck: %u thread%s looked at, %u parked\n",
			*silenced ? " else" : "", end->n_lost ? "known to be " : "", end->threads,
			end->threads == 1 ? "" : "s", end->parked);
	else
		fprintf(out->out, "\n%s: watched for %s, %s reported%s%s, %zu still open\n",
			utf8_shown(end->why, why, sizeof(why)),
			words_age(end->now_ns > began ? end->now_ns - began : 0, lasted), opened,
			suppressed, kept, end->still_open);
	/* who named a process thinks that it hangs */
	if (end->session->once && !end->opened && end->parked && end->session->target_pid)
		fputs("parked: asleep until work or an event comes, as idle threads are, or for a lock "
		      "that does not say whose it is; --include-parked shows each\n",
		      out->out);
	if (*silenced)
		fprintf(out->out, "%s\n", silenced);
	losses(out, end->lost, end->n_lost);
	unseen_lines(out, end->unseen, end->n_unseen, end->wall_ns);
	return 0;
}

const struct renderer render_text = {
	.name = "text",
	.session = text_session,
	.note = text_note,
	.report = text_report,
	.end = text_end,
};
