// SPDX-License-Identifier: GPL-2.0
/*
 * Columns by the number of waits between a thread and the root: threads in the
 * even columns, what they wait for in the odd ones. A cycle has no end: it is
 * drawn from its first member, and its last edge runs back, above all boxes.
 */
#include "html_graph.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "html_text.h"
#include "utf8.h"
#include "words.h"

#define BOX_W	210
#define BOX_H	38
#define GAP_X	60
#define GAP_Y	14
#define COLUMNS 12 /* what lies further away is in the text below */
#define ROWS	16
#define MARGIN	10
#define SIDE	50 /* room for an edge to turn back beside the outer boxes */
#define LANE	26 /* and above them */

struct place {
	int column, row; /* column -1: not drawn */
};

struct drawing {
	FILE *out;
	const struct report *r;
	struct place *threads, *resources;
	int rows[COLUMNS], columns;
	int top; /* MARGIN, and LANE if an edge runs back */
};

static bool put_at(struct drawing *d, struct place *p, int column)
{
	if (p->column >= 0 || column >= COLUMNS || d->rows[column] >= ROWS)
		return false;
	p->column = column;
	p->row = d->rows[column]++;
	if (column >= d->columns)
		d->columns = column + 1;
	return true;
}

/* One step further from the root: resources that thread holds, then their waiters. */
static void spread(struct drawing *d, size_t thread)
{
	const struct report *r = d->r;

	for (size_t i = 0; i < r->n_resources; i++) {
		bool holds = false;

		for (size_t h = 0; h < r->resources[i].n_holders; h++)
			holds |= r->resources[i].holders[h].thread == thread;
		if (!holds || !put_at(d, &d->resources[i], d->threads[thread].column + 1))
			continue;
		for (size_t t = 0; t < r->n_threads; t++) {
			if (r->threads[t].resource == i)
				put_at(d, &d->threads[t], d->resources[i].column + 1);
		}
	}
}

static void place_all(struct drawing *d)
{
	const struct report *r = d->r;

	for (size_t i = 0; i < r->n_threads; i++)
		d->threads[i].column = -1;
	for (size_t i = 0; i < r->n_resources; i++)
		d->resources[i].column = -1;
	for (size_t i = 0; i < r->n_threads; i++) {
		if (r->threads[i].role == ROLE_ROOT)
			put_at(d, &d->threads[i], 0);
	}
	if (r->n_threads && d->columns == 0)
		put_at(d, &d->threads[0], 0);
	for (int column = 0; column < COLUMNS; column += 2) {
		for (size_t i = 0; i < r->n_threads; i++) {
			if (d->threads[i].column == column)
				spread(d, i);
		}
	}
}

static int x_of(const struct drawing *d, const struct place *p)
{
	return SIDE + (d->columns - 1 - p->column) * (BOX_W + GAP_X);
}

static int y_of(const struct drawing *d, const struct place *p)
{
	return d->top + p->row * (BOX_H + GAP_Y);
}

/* As much of it as a box is wide; the whole is in the title. */
static void clipped(FILE *out, const char *s, size_t room)
{
	char all[WORDS], part[WORDS];

	utf8_shown(s, all, sizeof(all));
	utf8_shown(all, part, room);
	html_escaped(out, part);
	if (strcmp(all, part) != 0)
		fputs("…", out);
}

static void box(const struct drawing *d, const struct place *p, const char *fill, int round,
		const char *first, const char *second)
{
	int x = x_of(d, p), y = y_of(d, p);

	fputs("<g><title>", d->out);
	html_escaped(d->out, first);
	fputs(" ", d->out);
	html_escaped(d->out, second);
	fprintf(d->out,
		"</title><rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"%d\" fill=\"%s\" "
		"stroke=\"#555\"/><text x=\"%d\" y=\"%d\">",
		x, y, BOX_W, BOX_H, round, fill, x + 8, y + 16);
	clipped(d->out, first, 27);
	fprintf(d->out, "</text><text x=\"%d\" y=\"%d\" fill=\"#555\" font-size=\"11\">", x + 8,
		y + 31);
	clipped(d->out, second, 34);
	fputs("</text></g>\n", d->out);
}

static bool runs_back(const struct place *from, const struct place *to)
{
	return to->column >= from->column;
}

static void edge(const struct drawing *d, const struct place *from, const struct place *to,
		 bool dashed)
{
	int x1 = x_of(d, from) + BOX_W, y1 = y_of(d, from) + BOX_H / 2;
	int x2 = x_of(d, to), y2 = y_of(d, to) + BOX_H / 2;
	int bend = GAP_X / 2;

	if (runs_back(from, to))
		fprintf(d->out, "<path d=\"M%d,%d C%d,%d %d,%d %d,%d L%d,%d C%d,%d %d,%d %d,%d\"",
			x1, y1, x1 + SIDE, y1, x1 + SIDE, MARGIN, x1 - bend, MARGIN, x2 + bend,
			MARGIN, x2 - SIDE, MARGIN, x2 - SIDE, y2, x2, y2);
	else
		fprintf(d->out, "<path d=\"M%d,%d C%d,%d %d,%d %d,%d\"", x1, y1, x1 + bend, y1,
			x2 - bend, y2, x2, y2);
	fprintf(d->out, " fill=\"none\" stroke=\"#333\"%s marker-end=\"url(#a)\"/>\n",
		dashed ? " stroke-dasharray=\"5 4\"" : "");
}

/* Draws all edges, or only tells whether one of them runs back. */
static bool edges(const struct drawing *d, bool draw)
{
	const struct report *r = d->r;
	bool back = false;

	for (size_t i = 0; i < r->n_threads; i++) {
		size_t res = r->threads[i].resource;

		if (res == REPORT_NONE || d->threads[i].column < 0 || d->resources[res].column < 0)
			continue;
		back |= runs_back(&d->threads[i], &d->resources[res]);
		if (draw)
			edge(d, &d->threads[i], &d->resources[res], false);
	}
	for (size_t i = 0; i < r->n_resources; i++) {
		for (size_t h = 0; h < r->resources[i].n_holders; h++) {
			const struct report_holder *holder = &r->resources[i].holders[h];

			if (holder->thread == REPORT_NONE || d->resources[i].column < 0 ||
			    d->threads[holder->thread].column < 0)
				continue;
			back |= runs_back(&d->resources[i], &d->threads[holder->thread]);
			if (draw)
				edge(d, &d->resources[i], &d->threads[holder->thread],
				     holder->fact.evidence != EVIDENCE_EXACT);
		}
	}
	return back;
}

static void draw_boxes(const struct drawing *d)
{
	static const char *const fills[_ROLE_MAX] = {
		[ROLE_ROOT] = "#ffc46b",
		[ROLE_CYCLE] = "#ff9d8a",
		[ROLE_HOLDER] = "#fff3b8",
		[ROLE_WAITING] = "#ffffff",
	};
	const struct report *r = d->r;
	char name[WORDS];

	for (size_t i = 0; i < r->n_threads; i++) {
		if (d->threads[i].column >= 0)
			box(d, &d->threads[i], fills[r->threads[i].role], 3,
			    words_thread(r, i, name),
			    r->threads[i].fact.doing ? r->threads[i].fact.doing : "");
	}
	for (size_t i = 0; i < r->n_resources; i++) {
		const struct fact_resource *f = &r->resources[i].fact;

		if (d->resources[i].column >= 0)
			box(d, &d->resources[i], "#dde8f5", 19, f->name ? f->name : f->kind,
			    f->detail ? f->detail : "");
	}
}

static size_t not_drawn(const struct drawing *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->r->n_threads; i++)
		n += d->threads[i].column < 0;
	return n;
}

int html_graph(FILE *out, const struct report *r)
{
	struct drawing d = {.out = out, .r = r};
	int rows = 1, width, height;

	d.threads = calloc(r->n_threads + 1, sizeof(*d.threads));
	d.resources = calloc(r->n_resources + 1, sizeof(*d.resources));
	if (!d.threads || !d.resources) {
		free(d.threads);
		free(d.resources);
		return -ENOMEM;
	}
	place_all(&d);
	d.top = MARGIN + (edges(&d, false) ? LANE : 0);
	for (int i = 0; i < COLUMNS; i++)
		rows = d.rows[i] > rows ? d.rows[i] : rows;
	width = 2 * SIDE + d.columns * (BOX_W + GAP_X) - GAP_X;
	height = d.top + rows * (BOX_H + GAP_Y) - GAP_Y + MARGIN;
	fprintf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" viewBox=\"0 0 %d %d\" "
		"role=\"img\"><defs><marker id=\"a\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" "
		"markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\">"
		"<path d=\"M0,0 L8,4 L0,8z\" fill=\"#333\"/></marker></defs>\n",
		width, width, height);
	draw_boxes(&d);
	edges(&d, true);
	fputs("</svg>\n", out);
	if (not_drawn(&d))
		fprintf(out, "<p class=\"faint\">%zu more threads are not drawn</p>\n",
			not_drawn(&d));
	free(d.threads);
	free(d.resources);
	return 0;
}
