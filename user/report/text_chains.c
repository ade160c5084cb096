// SPDX-License-Identifier: GPL-2.0
/*
 * Who waits for whom, drawn from those who wait down to the root. A chain is
 * walked, never recursed into: it may be as long as there are threads.
 */
#include <stdlib.h>
#include <string.h>

#include "../core/words.h"
#include "text_parts.h"
#include "utf8.h"
#include "words.h"

#define WAITERS_SHOWN 12
/* Deeper than this the drawing would leave the screen; it goes on at this depth. */
#define DEPTH_MAX 10

struct chains {
	struct render *out;
	const struct report *r;
	bool *drawn; /* by resource */
	size_t from; /* the thread whose wait is being followed; REPORT_NONE at a start */
	int depth;
};

static void indent(const struct chains *c, int extra)
{
	int depth = c->depth < DEPTH_MAX ? c->depth : DEPTH_MAX;

	fprintf(c->out->out, "  %*s", depth * 3 + extra, "");
}

/* All who wait for it but the one that led here, whose line is above already. */
static size_t waiters(const struct chains *c, size_t resource)
{
	const struct report *r = c->r;
	char name[WORDS];
	size_t n = 0;

	for (size_t i = 0; i < r->n_threads; i++) {
		if (r->threads[i].resource != resource || i == c->from)
			continue;
		if (n == 0)
			indent(c, 0);
		if (n < WAITERS_SHOWN)
			fprintf(c->out->out, "%s%s", n ? ", " : "", words_thread(r, i, name));
		n++;
	}
	if (n > WAITERS_SHOWN)
		fprintf(c->out->out, " and %zu more", n - WAITERS_SHOWN);
	return n;
}

static const struct report_thread *longest_waiter(const struct report *r, size_t resource)
{
	const struct report_thread *longest = NULL;

	for (size_t i = 0; i < r->n_threads; i++) {
		if (r->threads[i].resource == resource &&
		    (!longest || r->threads[i].waited_ns > longest->waited_ns))
			longest = &r->threads[i];
	}
	return longest;
}

static void wait_line(const struct chains *c, size_t resource)
{
	const struct report_thread *t = c->from == REPORT_NONE ? longest_waiter(c->r, resource)
							       : &c->r->threads[c->from];
	char what[WORDS * 2], age[WORDS];

	indent(c, 3);
	fprintf(c->out->out, "%s %s  (%s)\n", t && t->wait.verb ? t->wait.verb : "waits for",
		words_resource(c->r, resource, what),
		t ? words_waited(t->waited_ns, t->wait.quality, age) : "?");
}

static void taken_line(const struct chains *c, const struct fact_hold *h)
{
	char at[WORDS], moment[WORDS];

	if (!h->taken_at)
		return;
	indent(c, 6);
	fprintf(c->out->out, "last entered at %s, %s\n", utf8_shown(h->taken_at, at, sizeof(at)),
		words_moment(c->r->session, h->taken_wall_ns, moment));
}

static void holder_line(const struct chains *c, const struct report_holder *h)
{
	char name[WORDS], why[WORDS], doing[WORDS];
	const struct report_thread *t = h->thread == REPORT_NONE ? NULL : &c->r->threads[h->thread];

	indent(c, 0);
	fprintf(c->out->out, "%s %s: %s  %s%s%s\n", c->out->options.unicode ? "└─" : "`-",
		t ? words_thread(c->r, h->thread, name) : "holder not known",
		utf8_shown(h->fact.why ? h->fact.why : "", why, sizeof(why)),
		text_on(c->out, STYLE_FAINT), word_evidence(h->fact.evidence), text_off(c->out));
	taken_line(c, &h->fact);
	if (t && t->resource == REPORT_NONE) {
		indent(c, 3);
		fprintf(c->out->out, "%s\n",
			utf8_shown(t->fact.doing ? t->fact.doing : "?", doing, sizeof(doing)));
	}
}

/* The holder whose own wait the chain goes on with, or REPORT_NONE. */
static size_t next_thread(const struct chains *c, size_t resource, bool *ret_closed)
{
	const struct report_resource *res = &c->r->resources[resource];

	*ret_closed = false;
	for (size_t i = 0; i < res->n_holders; i++) {
		size_t t = res->holders[i].thread;

		if (t == REPORT_NONE || c->r->threads[t].resource == REPORT_NONE)
			continue;
		if (!c->drawn[c->r->threads[t].resource])
			return t;
		*ret_closed = true;
	}
	return REPORT_NONE;
}

static void chain(struct chains *c, size_t resource)
{
	bool closed = false;

	while (resource != REPORT_NONE) {
		const struct report_resource *res = &c->r->resources[resource];

		c->drawn[resource] = true;
		if (waiters(c, resource) > 0)
			fprintf(c->out->out, "%s\n", c->from == REPORT_NONE ? "" : " too");
		wait_line(c, resource);
		c->depth++;
		for (size_t i = 0; i < res->n_holders; i++)
			holder_line(c, &res->holders[i]);
		c->from = next_thread(c, resource, &closed);
		resource = c->from == REPORT_NONE ? REPORT_NONE : c->r->threads[c->from].resource;
	}
	if (closed) {
		indent(c, 3);
		fprintf(c->out->out, "%s\n",
			c->out->options.unicode ? "↑ whose wait is drawn above"
						: "^ whose wait is drawn above");
	}
	fputc('\n', c->out->out);
}

/* Does somebody wait for it who holds nothing that others here wait for? */
static bool starts_chain(const struct report *r, size_t resource, enum role role)
{
	for (size_t i = 0; i < r->n_threads; i++) {
		if (r->threads[i].resource == resource && r->threads[i].role == role)
			return true;
	}
	return false;
}

void text_chains(struct render *out, const struct report *r)
{
	static const enum role order[] = {ROLE_CYCLE, ROLE_WAITING, ROLE_HOLDER, ROLE_ROOT};
	struct chains c = {out, r, calloc(r->n_resources + 1, sizeof(bool)), REPORT_NONE, 0};

	if (!c.drawn)
		return;
	for (size_t o = 0; o < sizeof(order) / sizeof(order[0]); o++) {
		for (size_t i = 0; i < r->n_resources; i++) {
			if (c.drawn[i] || !starts_chain(r, i, order[o]))
				continue;
			c.from = REPORT_NONE;
			c.depth = 0;
			chain(&c, i);
		}
	}
	free(c.drawn);
}
