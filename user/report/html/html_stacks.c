// SPDX-License-Identifier: GPL-2.0
/* Stacks are long, and read by who knows the code: one line each until asked for. */
#include <inttypes.h>
#include <string.h>

#include "html_parts.h"
#include "../words.h"

/* All of it can be unfolded, so that there is more than in text. */
#define FRAMES_SHOWN 256
#define NAMES_SHOWN  6

static void owners(FILE *out, const struct report *r, size_t stack)
{
	char name[WORDS];
	size_t n = 0;

	for (size_t i = 0; i < r->n_threads; i++) {
		if (r->threads[i].stack != stack)
			continue;
		if (n < NAMES_SHOWN) {
			fputs(n ? ", " : "", out);
			html_name(out, words_thread(r, i, name));
		}
		n++;
	}
	if (n > NAMES_SHOWN)
		fprintf(out, " and %zu more", n - NAMES_SHOWN);
}

/* How a frame was found that no unwind table proves. */
static const char *how(enum frame_how v)
{
	switch (v) {
	case FRAME_FP:
		return "by frame pointer";
	case FRAME_SCAN:
		return "found on the stack, others may be missing";
	default:
		return "guessed";
	}
}

static void frame(FILE *out, const struct fact_frame *f)
{
	fprintf(out, "<li%s><code>", frame_is_kernel(f) ? " class=\"kernel\"" : "");
	if (f->symbol)
		html_tagged(out, "b", f->symbol);
	if (f->symbol && !frame_is_kernel(f) && !f->inlined)
		fprintf(out, "+0x%" PRIx64, f->symbol_offset);
	else if (!f->symbol)
		fprintf(out, "0x%" PRIx64, f->offset);
	fputs("</code> <span class=\"where\">", out);
	html_name(out, f->module ? f->module : "?");
	if (f->file) {
		fputs(" ", out);
		html_name(out, f->file);
		fprintf(out, ":%" PRIu32, f->line);
	}
	fputs("</span>", out);
	if (f->inlined)
		fputs(" <i>inlined</i>", out);
	if (f->interrupted)
		fputs(" <i>a signal came here</i>", out);
	if (f->guessed)
		fprintf(out, " <i>%s</i>", how(f->how));
	fputs("</li>\n", out);
}

static void build_ids(FILE *out, const struct report_stack *s)
{
	const char *said = NULL;

	for (size_t i = 0; i < s->n_frames; i++) {
		const struct fact_frame *f = &s->frames[i];

		/* for whoever has the debug files: only what has no name needs it */
		if (f->symbol || !f->build_id || (said && strcmp(said, f->build_id) == 0))
			continue;
		said = f->build_id;
		fputs("<p class=\"faint\">build-id of ", out);
		html_name(out, f->module ? f->module : "?");
		fputs(": <code>", out);
		html_escaped(out, f->build_id);
		fputs("</code></p>\n", out);
	}
}

void html_stacks(FILE *out, const struct report *r, size_t section)
{
	if (r->n_stacks)
		fputs("<h3>Stacks</h3>\n", out);
	for (size_t i = 0; i < r->n_stacks; i++) {
		const struct report_stack *s = &r->stacks[i];

		fprintf(out, "<details class=\"stack\" id=\"k%zu-%zu\"><summary>", section, i);
		owners(out, r, i);
		fputs("</summary>\n", out);
		if (s->n_frames)
			fputs("<ol class=\"frames\">\n", out);
		for (size_t f = 0; f < s->n_frames && f < FRAMES_SHOWN; f++)
			frame(out, &s->frames[f]);
		if (s->n_frames)
			fputs("</ol>\n", out);
		if (s->n_frames > FRAMES_SHOWN)
			fprintf(out, "<p>%zu more</p>\n", s->n_frames - FRAMES_SHOWN);
		build_ids(out, s);
		if (s->note) {
			fputs("<p class=\"faint\">", out);
			html_escaped(out, s->note);
			fputs("</p>\n", out);
		}
		fputs("</details>\n", out);
	}
}
