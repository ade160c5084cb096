// SPDX-License-Identifier: GPL-2.0
/*
 * The picture as SVG. What is in a box is cut off at its edge twice: by count,
 * so that it ends well, and by an <svg> of its own, whatever the font.
 */

#include "../../core/words.h"
#include "html_parts.h"
#include "picture_place.h"
#include "../words.h"

#define STUB   7  /* how far an edge leaves a box that has a neighbour */
#define NAMES  8  /* of threads in one box; the words beside the picture have more */
#define WIDE   82 /* tenths of a pixel for a letter of the first line, */
#define NARROW 63 /* of others, */
#define LABEL  61 /* and beside an edge */

struct drawing {
	FILE *out;
	const struct picture *p;
	struct place place;
};

/* ---- Boxes ---- */

static void names(const struct picture *p, size_t box, char text[WORDS * 2])
{
	char name[WORDS];
	size_t n = 0, said = 0;

	text[0] = '\0';
	for (size_t i = p->boxes[box].first; i < p->r->n_threads && said < NAMES; i++) {
		if (p->thread_box[i] == box)
			n += (size_t)snprintf(text + n, WORDS * 2 - n, "%s%.50s",
					      said++ ? ", " : "", words_thread(p->r, i, name));
	}
}

static void describe(const struct picture *p, size_t box, char first[WORDS * 2],
		     char second[WORDS * 2])
{
	const struct picture_box *b = &p->boxes[box];
	char name[WORDS];

	if (b->sort == PICTURE_MORE) {
		snprintf(first, WORDS * 2, "%zu more thread%s", b->count, b->count == 1 ? "" : "s");
		snprintf(second, WORDS * 2, "not drawn");
	} else if (b->sort == PICTURE_RESOURCE) {
		const struct fact_resource *f = &p->r->resources[b->first].fact;

		snprintf(first, WORDS * 2, "%s", f->name ? f->name : f->kind);
		snprintf(second, WORDS * 2, "%s", f->detail ? f->detail : "");
	} else if (b->count > 1) {
		snprintf(first, WORDS * 2, "%zu threads", b->count);
		names(p, box, second);
	} else {
		const struct report_thread *t = &p->r->threads[b->first];
		const char *doing = t->fact.doing ? t->fact.doing : "";

		snprintf(first, WORDS * 2, "%s", words_thread(p->r, b->first, name));
		snprintf(second, WORDS * 2, "%s%s", t->role == ROLE_ROOT ? "root: " : "",
			 t->role == ROLE_ROOT || t->resource == REPORT_NONE ? doing : "");
	}
}

static const char *class_of(const struct picture *p, const struct picture_box *b)
{
	if (b->cycle)
		return b->sort == PICTURE_RESOURCE ? "resource cycle" : "cycle";
	if (b->sort == PICTURE_THREADS)
		return p->r->threads[b->first].role == ROLE_ROOT ? "root" : "thread";
	return b->sort == PICTURE_RESOURCE ? "resource" : "more";
}

static void sheet(FILE *out, int x, int y, int width, int height, int round)
{
	fprintf(out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"%d\"/>", x, y, width,
		height, round);
}

static void draw_box(const struct drawing *d, size_t box)
{
	const struct picture_box *b = &d->p->boxes[box];
	struct place_rect at = place_box(&d->place, box);
	int round = b->sort == PICTURE_RESOURCE ? PLACE_BOX_H / 2 : 6;
	int inset = b->count > 1 ? 4 : 0; /* several are some sheets, one on the other */
	char first[WORDS * 2], second[WORDS * 2];
	size_t room = (size_t)(at.width - 28) * 10;

	describe(d->p, box, first, second);
	fprintf(d->out, "<g class=\"box %s\"><title>", class_of(d->p, b));
	html_escaped(d->out, first);
	if (*second)
		fputs(": ", d->out);
	html_escaped(d->out, second);
	fputs("</title>", d->out);
	if (inset)
		sheet(d->out, at.x + inset, at.y + inset, at.width - inset, PLACE_BOX_H - inset,
		      round);
	sheet(d->out, at.x, at.y, at.width - inset, PLACE_BOX_H - inset, round);
	fprintf(d->out,
		"<svg x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"><text x=\"14\" y=\"%d\">", at.x,
		at.y, at.width - 6, PLACE_BOX_H, *second ? 20 : 28);
	html_clipped(d->out, first, room / WIDE);
	fputs("</text>", d->out);
	if (*second) {
		fputs("<text class=\"sub\" x=\"14\" y=\"37\">", d->out);
		html_clipped(d->out, second, room / NARROW);
		fputs("</text>", d->out);
	}
	fputs("</svg></g>\n", d->out);
}

/* ---- Edges ---- */

/* "2.7s", "≥ 2.7s", "~ 2.7s" */
static const char *short_age(const struct report_thread *t, char buf[WORDS])
{
	static const char *const prefix[_SINCE_MAX] = {
		[SINCE_AT_LEAST] = "≥ ", [SINCE_ABOUT] = "~ ", [SINCE_EXACT] = ""};
	char age[WORDS];

	if (t->wait.quality <= SINCE_UNKNOWN || t->wait.quality >= _SINCE_MAX)
		return "since ?";
	snprintf(buf, WORDS, "%s%.40s", prefix[t->wait.quality], words_age(t->waited_ns, age));
	return buf;
}

/* Who has waited for the longest speaks for those in the same box. */
static const struct report_thread *longest(const struct picture *p, size_t box)
{
	const struct report_thread *found = &p->r->threads[p->boxes[box].first];

	for (size_t i = 0; i < p->r->n_threads; i++) {
		if (p->thread_box[i] == box && p->r->threads[i].waited_ns > found->waited_ns)
			found = &p->r->threads[i];
	}
	return found;
}

/* Where edges between that box and the row beside meet it: the middle of a half. */
static int meeting(const struct drawing *d, size_t box, bool right)
{
	struct place_rect at = place_box(&d->place, box);
	int quarter = (at.width - PLACE_GAP_X) / 4;

	if (d->p->boxes[box].half)
		return at.x + at.width / 2;
	return right ? at.x + at.width - quarter : at.x + quarter;
}

/* Whatever comes from, or goes to, the right half of a row is on the right. */
static bool is_right(const struct drawing *d, const struct picture_edge *e)
{
	return d->p->boxes[e->from].half == 2 || d->p->boxes[e->to].half == 2;
}

static void to_next_row(const struct drawing *d, const struct picture_edge *e)
{
	int y1 = place_box(&d->place, e->from).y + PLACE_BOX_H, y2 = y1 + PLACE_GAP_Y;
	int x1 = meeting(d, e->from, is_right(d, e)), x2 = meeting(d, e->to, is_right(d, e));

	if (x1 - x2 <= 2 && x2 - x1 <= 2)
		fprintf(d->out, "M%d,%d V%d", x1, y1, y2);
	else
		fprintf(d->out, "M%d,%d C%d,%d %d,%d %d,%d", x1, y1, x1, (y1 + y2) / 2, x2,
			(y1 + y2) / 2, x2, y2);
}

/* Is there another edge, in the right half, between these two rows? */
static bool has_company(const struct drawing *d, const struct picture_edge *e)
{
	size_t row = d->p->boxes[e->from].row;

	for (size_t i = 0; i < d->p->n_edges; i++) {
		const struct picture_edge *other = &d->p->edges[i];

		if (d->p->boxes[other->from].row == row && d->p->boxes[other->to].row == row + 1 &&
		    is_right(d, other))
			return true;
	}
	return false;
}

static void label_words(const struct drawing *d, const struct picture_edge *e, bool brief,
			char text[WORDS * 2])
{
	const struct picture_box *from = &d->p->boxes[e->from], *to = &d->p->boxes[e->to];
	char age[WORDS];

	text[0] = '\0';
	if (from->sort == PICTURE_THREADS && to->sort == PICTURE_RESOURCE) {
		const struct report_thread *t = longest(d->p, e->from);

		snprintf(text, WORDS * 2, "%.40s%s%s",
			 brief		? ""
			 : t->wait.verb ? t->wait.verb
					: "waits for",
			 brief ? "" : ", ", short_age(t, age));
	} else if (e->holder) {
		snprintf(text, WORDS * 2, "%s%s%.200s", word_evidence(e->holder->fact.evidence),
			 brief ? "" : ": ",
			 brief		       ? ""
			 : e->holder->fact.why ? e->holder->fact.why
					       : "?");
	}
}

/* To the right of its edge, as long as there is room. */
static void label(const struct drawing *d, const struct picture_edge *e)
{
	int x = meeting(d, is_right(d, e) ? e->from : e->to, is_right(d, e)) + 10;
	int end = d->place.left + d->place.width;
	char text[WORDS * 2];

	if (!is_right(d, e) && has_company(d, e))
		end = d->place.left + d->place.width * 3 / 4 - 10;
	label_words(d, e, is_right(d, e), text);
	if (!*text)
		return;
	fprintf(d->out, "<text class=\"label\" x=\"%d\" y=\"%d\">", x,
		place_box(&d->place, e->from).y + PLACE_BOX_H + PLACE_GAP_Y / 2 + 4);
	html_clipped(d->out, text, (size_t)(end - x) * 10 / LABEL);
	fputs("</text>\n", d->out);
}

/* Out at the side, along the boxes, and in at the side; what has a neighbour there goes round it.
 */
static void beside(const struct drawing *d, const struct picture_edge *e, int x)
{
	struct place_rect from = place_box(&d->place, e->from), to = place_box(&d->place, e->to);
	bool right = x > from.x;
	int side = right ? 1 : 2, y = from.y + PLACE_BOX_H / 2, to_y = to.y + PLACE_BOX_H / 2;

	if (d->p->boxes[e->from].half == side) {
		y = from.y + PLACE_BOX_H + STUB;
		fprintf(d->out, "M%d,%d V%d", from.x + from.width / 2, y - STUB, y);
	} else {
		fprintf(d->out, "M%d,%d", right ? from.x + from.width : from.x, y);
	}
	if (d->p->boxes[e->to].half == side)
		fprintf(d->out, " H%d V%d H%d V%d", x, to.y - STUB - 1, to.x + to.width / 2, to.y);
	else
		fprintf(d->out, " H%d V%d H%d", x, to_y, right ? to.x + to.width : to.x);
}

static void draw_edge(const struct drawing *d, const struct picture_edge *e, size_t section)
{
	int x = place_lane_x(&d->place, e);
	bool sure = !e->holder || e->holder->fact.evidence == EVIDENCE_EXACT;

	fprintf(d->out, "<path class=\"edge%s%s\" marker-end=\"url(#%s%zu)\" d=\"",
		e->cycle ? " cycle" : "", sure ? "" : " unsure", e->cycle ? "c" : "a", section);
	if (x < 0)
		to_next_row(d, e);
	else
		beside(d, e, x);
	fputs("\"/>\n", d->out);
}

static void marker(FILE *out, const char *id, size_t section, const char *class)
{
	fprintf(out,
		"<marker id=\"%s%zu\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" "
		"markerHeight=\"8\" markerUnits=\"userSpaceOnUse\" orient=\"auto\">"
		"<path class=\"%s\" d=\"M0,0 L8,4 L0,8z\"/></marker>",
		id, section, class);
}

void html_graph(FILE *out, const struct picture *p, size_t section)
{
	struct drawing d = {.out = out, .p = p};

	place_all(p, &d.place);
	fprintf(out,
		"<svg class=\"graph\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" "
		"role=\"img\" aria-labelledby=\"gt%zu gd%zu\"><title id=\"gt%zu\">Who waits for "
		"whom</title><desc id=\"gd%zu\">",
		PLACE_WIDTH, d.place.height, PLACE_WIDTH, d.place.height, section, section, section,
		section);
	html_escaped(out, p->r->summary ? p->r->summary : p->r->title);
	fputs("</desc><defs>", out);
	marker(out, "a", section, "head");
	marker(out, "c", section, "head cycle");
	fputs("</defs>\n", out);
	for (size_t i = 0; i < p->n_edges; i++)
		draw_edge(&d, &p->edges[i], section);
	for (size_t i = 0; i < p->n_boxes; i++)
		draw_box(&d, i);
	for (size_t i = 0; i < p->n_edges; i++) {
		if (place_lane_x(&d.place, &p->edges[i]) < 0)
			label(&d, &p->edges[i]);
	}
	fputs("</svg>\n", out);
}
