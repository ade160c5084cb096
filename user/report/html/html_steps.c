// SPDX-License-Identifier: GPL-2.0
/*
 * The story in words: for each resource who waits for it, and who could end
 * that. In the order of the picture; what is not drawn follows, folded.
 */
#include <errno.h>
#include <stdlib.h>

#include "../../core/words.h"
#include "html_parts.h"
#include "../words.h"

#define WAITERS_SHOWN 12

struct steps {
	FILE *out;
	const struct report *r;
	size_t section;
	size_t *first; /* by resource: who waits for it, linked by next; REPORT_NONE: nobody */
	size_t *next;  /* by thread */
};

static int find_waiters(struct steps *s)
{
	const struct report *r = s->r;

	s->first = calloc(r->n_resources + 1, sizeof(*s->first));
	s->next = calloc(r->n_threads + 1, sizeof(*s->next));
	if (!s->first || !s->next)
		return -ENOMEM;
	for (size_t i = 0; i < r->n_resources; i++)
		s->first[i] = REPORT_NONE;
	for (size_t i = r->n_threads; i-- > 0;) {
		if (r->threads[i].resource == REPORT_NONE)
			continue;
		s->next[i] = s->first[r->threads[i].resource];
		s->first[r->threads[i].resource] = i;
	}
	return 0;
}

static void thread_name(const struct steps *s, size_t thread)
{
	const struct report_thread *t = &s->r->threads[thread];
	char name[WORDS];

	if (t->stack != REPORT_NONE)
		fprintf(s->out, "<a href=\"#k%zu-%zu\">", s->section, t->stack);
	html_name(s->out, words_thread(s->r, thread, name));
	if (t->stack != REPORT_NONE)
		fputs("</a>", s->out);
}

static void waiters(const struct steps *s, size_t resource)
{
	const struct report_thread *longest = NULL;
	char age[WORDS];
	size_t n = 0;

	fputs("<p>", s->out);
	for (size_t i = s->first[resource]; i != REPORT_NONE; i = s->next[i]) {
		const struct report_thread *t = &s->r->threads[i];

		if (!longest || t->waited_ns > longest->waited_ns)
			longest = t;
		if (n < WAITERS_SHOWN) {
			fputs(n ? ", " : "", s->out);
			thread_name(s, i);
		}
		n++;
	}
	if (n > WAITERS_SHOWN)
		fprintf(s->out, " and %zu more", n - WAITERS_SHOWN);
	if (!longest) {
		fputs("nobody here waits for ", s->out);
		return;
	}
	fputs(" <span class=\"verb\">", s->out);
	html_escaped(s->out, longest->wait.verb ? longest->wait.verb : "waits for");
	fprintf(s->out, "</span> <span class=\"age\">(%s)</span> ",
		words_waited(longest->waited_ns, longest->wait.quality, age));
}

static void holder(const struct steps *s, const struct report_holder *h)
{
	const struct report_thread *t = h->thread == REPORT_NONE ? NULL : &s->r->threads[h->thread];
	char moment[WORDS];

	fputs("<li>", s->out);
	if (t)
		thread_name(s, h->thread);
	else
		fputs("holder not known", s->out);
	fprintf(s->out, " <span class=\"evidence %s\">%s</span> ", word_evidence(h->fact.evidence),
		word_evidence(h->fact.evidence));
	html_escaped(s->out, h->fact.why ? h->fact.why : "");
	if (h->fact.taken_at) {
		fputs("; last entered at ", s->out);
		html_name(s->out, h->fact.taken_at);
		fprintf(s->out, ", %s", words_moment(s->r->session, h->fact.taken_wall_ns, moment));
	}
	if (t && t->resource == REPORT_NONE && t->fact.doing) {
		fputs("<br><b class=\"doing\">", s->out);
		html_escaped(s->out, t->fact.doing);
		fputs("</b>", s->out);
	}
	fputs("</li>\n", s->out);
}

static void step(const struct steps *s, size_t resource)
{
	const struct report_resource *res = &s->r->resources[resource];
	const struct fact_resource *f = &res->fact;

	fputs("<li>", s->out);
	waiters(s, resource);
	fputs("<bdi class=\"resource\">", s->out);
	html_escaped(s->out, f->name ? f->name : f->kind);
	fputs("</bdi>", s->out);
	if (f->detail) {
		fputs(": ", s->out);
		html_escaped(s->out, f->detail);
	}
	fputs("</p>\n", s->out);
	if (res->n_holders)
		fputs("<ul>\n", s->out);
	for (size_t i = 0; i < res->n_holders; i++)
		holder(s, &res->holders[i]);
	fputs(res->n_holders ? "</ul></li>\n" : "</li>\n", s->out);
}

/* What the picture has no box of its own for. */
static void others(const struct steps *s, const struct picture *p)
{
	size_t n = 0;

	for (size_t i = 0; i < s->r->n_resources; i++) {
		if (p->boxes[p->resource_box[i]].sort != PICTURE_MORE)
			continue;
		if (n++ == 0)
			fputs("<details><summary>what is not drawn</summary>\n<ol class=\"steps\">\n",
			      s->out);
		step(s, i);
	}
	if (n)
		fputs("</ol></details>\n", s->out);
}

int html_steps(FILE *out, const struct picture *p, size_t section)
{
	struct steps s = {.out = out, .r = p->r, .section = section};
	int err = find_waiters(&s);

	if (!err) {
		fputs("<div class=\"words\">\n<ol class=\"steps\">\n", out);
		for (size_t i = 0; i < p->n_boxes; i++) {
			if (p->boxes[i].sort == PICTURE_RESOURCE)
				step(&s, p->boxes[i].first);
		}
		fputs("</ol>\n", out);
		others(&s, p);
		fputs("</div>\n", out);
	}
	free(s.first);
	free(s.next);
	return err;
}
