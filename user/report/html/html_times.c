// SPDX-License-Identifier: GPL-2.0
/*
 * The time line: each wait as a bar from its beginning to when it was told of,
 * the first on top. Lengths are in percent, so that it is as wide as there is
 * room; what can be read in it is text.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "html_parts.h"
#include "../words.h"

#define ROWS_SHOWN 16

enum sort { TIME_WAIT, TIME_ENTERED, TIME_LOOKED, TIME_TOLD };

struct time_row {
	enum sort sort;
	uint64_t wall_ns;		    /* 0: not known */
	size_t thread;			    /* TIME_WAIT: of those in its box the first */
	const struct report_holder *holder; /* TIME_ENTERED */
};

struct times {
	FILE *out;
	const struct picture *p;
	struct time_row *rows;
	size_t n;
	uint64_t begin_ns, end_ns; /* of all of it */
	uint64_t known_ns;	   /* the waits are known to have lasted until then */
};

static uint64_t began(const struct report_thread *t)
{
	return t->wait.quality > SINCE_UNKNOWN ? t->wait.since_wall_ns : 0;
}

/* Of those who share a box, the wait that began first. */
static void find_waits(struct times *t)
{
	const struct report *r = t->p->r;
	size_t first[2 * PICTURE_BOXES + 1];

	for (size_t i = 0; i < t->p->n_boxes; i++)
		first[i] = REPORT_NONE;
	for (size_t i = 0; i < r->n_threads; i++) {
		size_t *of_box = &first[t->p->thread_box[i]];

		if (r->threads[i].resource != REPORT_NONE &&
		    (*of_box == REPORT_NONE || began(&r->threads[i]) < began(&r->threads[*of_box])))
			*of_box = i;
	}
	for (size_t i = 0; i < t->p->n_boxes; i++) {
		if (first[i] != REPORT_NONE && t->p->boxes[i].sort == PICTURE_THREADS)
			t->rows[t->n++] = (struct time_row){TIME_WAIT, began(&r->threads[first[i]]),
							    first[i], NULL};
	}
}

static void find_entries(struct times *t)
{
	const struct report *r = t->p->r;

	for (size_t i = 0; i < t->p->n_boxes; i++) {
		const struct picture_box *b = &t->p->boxes[i];

		if (b->sort != PICTURE_RESOURCE)
			continue;
		for (size_t h = 0; h < r->resources[b->first].n_holders; h++) {
			const struct report_holder *holder = &r->resources[b->first].holders[h];

			if (!holder->fact.taken_wall_ns || holder->thread == REPORT_NONE)
				continue;
			t->rows[t->n++] = (struct time_row){
				TIME_ENTERED, holder->fact.taken_wall_ns, holder->thread, holder};
			break; /* of many readers one will do */
		}
	}
}

static int by_time(const void *a, const void *b)
{
	const struct time_row *x = a, *y = b;

	if (x->wall_ns != y->wall_ns)
		return x->wall_ns < y->wall_ns ? -1 : 1;
	return x->sort != y->sort      ? (int)x->sort - (int)y->sort
	       : x->thread < y->thread ? -1
				       : x->thread > y->thread;
}

static void find_rows(struct times *t)
{
	const struct report *r = t->p->r;

	find_waits(t);
	find_entries(t);
	t->end_ns = t->known_ns = r->wall_ns;
	if (r->life.ending != ENDING_WATCHED && r->since_wall_ns + r->lasted_ns < r->wall_ns)
		t->known_ns = r->since_wall_ns + r->lasted_ns;
	t->begin_ns = r->since_wall_ns && r->since_wall_ns < r->wall_ns ? r->since_wall_ns
									: r->wall_ns;
	for (size_t i = 0; i < t->n; i++) {
		if (t->rows[i].wall_ns && t->rows[i].wall_ns < t->begin_ns)
			t->begin_ns = t->rows[i].wall_ns;
	}
	/* of a report that was read it is not known, and of most it is long ago */
	if (r->session->wall_ns > t->begin_ns && r->session->wall_ns <= t->end_ns)
		t->rows[t->n++] = (struct time_row){TIME_LOOKED, r->session->wall_ns, 0, NULL};
	t->rows[t->n++] = (struct time_row){TIME_TOLD, r->wall_ns, 0, NULL};
	qsort(t->rows, t->n, sizeof(*t->rows), by_time);
}

/* Tenths of a percent. The first bar has room before it, for what may have been earlier. */
static unsigned int place(const struct times *t, uint64_t wall_ns)
{
	uint64_t all = t->end_ns - t->begin_ns;
	const unsigned int first = 40;

	if (wall_ns >= t->end_ns || all == 0)
		return 1000;
	if (wall_ns <= t->begin_ns)
		return first;
	return first +
	       (unsigned int)((double)(wall_ns - t->begin_ns) * (1000 - first) / (double)all);
}

/* A wait is a line to the end; where it may have begun earlier, it comes from dots. */
static void bar(const struct times *t, const struct time_row *row)
{
	const struct report_thread *thread = &t->p->r->threads[row->thread];
	unsigned int x = place(t, row->wall_ns), end = place(t, t->known_ns);
	bool open = row->sort == TIME_WAIT && thread->wait.quality != SINCE_EXACT;

	fputs("<svg class=\"bar\" width=\"100%\" height=\"12\" aria-hidden=\"true\">", t->out);
	if (row->sort == TIME_WAIT) {
		const char *class = thread->role == ROLE_CYCLE ? "lasts cycle" : "lasts";

		if (x + 15 > end)
			x = end > 15 ? end - 15 : 0; /* so that it can be seen */
		if (open)
			fprintf(t->out,
				"<line class=\"before\" x1=\"0\" x2=\"%u.%u%%\" y1=\"6\" "
				"y2=\"6\"/>",
				x / 10, x % 10);
		fprintf(t->out,
			"<rect class=\"%s\" x=\"%u.%u%%\" y=\"2\" width=\"%u.%u%%\" height=\"8\" "
			"rx=\"2\"/>",
			class, x / 10, x % 10, (end - x) / 10, (end - x) % 10);
	} else {
		x -= x > 992 ? 8 : 0; /* the point itself has room, too */
		fprintf(t->out,
			"<line class=\"axis\" x1=\"0\" x2=\"100%%\" y1=\"6\" y2=\"6\"/>"
			"<circle class=\"point\" cx=\"%u.%u%%\" cy=\"6\" r=\"4\"/>",
			x / 10, x % 10);
	}
	fputs("</svg>", t->out);
}

static void wait_words(const struct times *t, const struct time_row *row)
{
	const struct report_thread *thread = &t->p->r->threads[row->thread];
	const struct picture_box *box = &t->p->boxes[t->p->thread_box[row->thread]];
	char name[WORDS], age[WORDS];

	html_name(t->out, words_thread(t->p->r, row->thread, name));
	if (box->count > 1)
		fprintf(t->out, " (first of %zu)", box->count);
	fputs(" ", t->out);
	html_escaped(t->out, thread->wait.verb ? thread->wait.verb : "waits for");
	fputs(" ", t->out);
	html_name(t->out, t->p->r->resources[thread->resource].fact.name
				  ? t->p->r->resources[thread->resource].fact.name
				  : t->p->r->resources[thread->resource].fact.kind);
	fprintf(t->out, " <span class=\"age\">(%s)</span>",
		words_waited(thread->waited_ns, thread->wait.quality, age));
}

static void words(const struct times *t, const struct time_row *row)
{
	char name[WORDS];

	switch (row->sort) {
	case TIME_WAIT:
		wait_words(t, row);
		break;
	case TIME_ENTERED:
		html_name(t->out, words_thread(t->p->r, row->thread, name));
		fputs(" last entered ", t->out);
		html_name(t->out, row->holder->fact.taken_at ? row->holder->fact.taken_at
							     : row->holder->fact.resource);
		break;
	case TIME_LOOKED:
		fputs("locktrace began to look", t->out);
		break;
	case TIME_TOLD:
		fputs(t->p->r->event != EVENT_RESOLVED		 ? "reported"
		      : t->p->r->life.ending == ENDING_WATCHED	 ? "it is over"
		      : t->p->r->life.ending == ENDING_UNWATCHED ? "it had ended meanwhile"
								 : "the machine was started anew",
		      t->out);
		break;
	}
}

/* "08:25:11.3", with the day where that is not the day of the report. */
static void moment(const struct times *t, uint64_t wall_ns)
{
	const struct fact_session *s = t->p->r->session;
	char at[WORDS], end[WORDS];

	if (!wall_ns) {
		fputs("<span class=\"time\">not known</span> ", t->out);
		return;
	}
	words_moment(s, wall_ns, at);
	words_moment(s, t->end_ns, end);
	fprintf(t->out, "<span class=\"time\">%s.%" PRIu64 "</span> ",
		strncmp(at, end, 11) == 0 ? at + 11 : at, wall_ns / 100000000 % 10);
}

int html_times(FILE *out, const struct picture *p)
{
	struct times t = {.out = out, .p = p, .rows = calloc(p->n_boxes + 2, sizeof(*t.rows))};

	if (!t.rows)
		return -ENOMEM;
	find_rows(&t);
	fputs("<ol class=\"times\">\n", out);
	for (size_t i = 0; i < t.n; i++) {
		if (i == ROWS_SHOWN && i + 1 < t.n) {
			fprintf(out, "<li>and %zu more</li>\n", t.n - 1 - i);
			i = t.n - 1; /* when it was told of */
		}
		fputs("<li><p>", out);
		moment(&t, t.rows[i].wall_ns);
		words(&t, &t.rows[i]);
		fputs("</p>", out);
		bar(&t, &t.rows[i]);
		fputs("</li>\n", out);
	}
	fputs("</ol>\n", out);
	free(t.rows);
	return 0;
}
