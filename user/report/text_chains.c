// SPDX-License-Identifier: GPL-2.0
/*
 * Who waits for whom, drawn from those who wait down to the root. A chain is
 * walked, never recursed into: it may be as long as there are threads.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "../core/words.h"
#include "text_parts.h"
#include "utf8.h"
#include "words.h"

#define WAITERS_SHOWN 12
#define HOLDERS_SHOWN 64
/* Nobody reads more; the other formats have all of it. */
#define LOCKS_SHOWN 1000
/* Deeper than this the drawing would leave the screen; it goes on at this depth. */
#define DEPTH_MAX 10

/* Who waits for a resource: found once, for there may be a thousand of each. */
struct queue {
	size_t first, last; /* threads, linked by chains.next; REPORT_NONE: nobody */
	size_t longest;	    /* who waits the longest */
	unsigned int roles; /* of the waiters, as bits */
	bool drawn;
};

struct chains {
	struct render *out;
	const struct report *r;
	struct queue *queues; /* by resource */
	size_t *next;	      /* by thread: the next one in its queue */
	size_t from;	      /* the thread whose wait is being followed; REPORT_NONE at a start */
	int depth;
	size_t drawn;
};

static void enqueue(struct chains *c, size_t thread)
{
	const struct report_thread *threads = c->r->threads;
	struct queue *q = &c->queues[threads[thread].resource];

	if (q->first == REPORT_NONE)
		q->first = q->longest = thread;
	else
		c->next[q->last] = thread;
	q->last = thread;
	c->next[thread] = REPORT_NONE;
	if (threads[thread].waited_ns > threads[q->longest].waited_ns)
		q->longest = thread;
	q->roles |= 1U << threads[thread].role;
}

static int find_queues(struct chains *c)
{
	const struct report *r = c->r;

	c->queues = calloc(r->n_resources + 1, sizeof(*c->queues));
	c->next = calloc(r->n_threads + 1, sizeof(*c->next));
	if (!c->queues || !c->next)
		return -ENOMEM;
	for (size_t i = 0; i < r->n_resources; i++)
		c->queues[i].first = REPORT_NONE;
	for (size_t i = 0; i < r->n_threads; i++) {
		if (r->threads[i].resource != REPORT_NONE)
			enqueue(c, i);
	}
	return 0;
}

static void indent(const struct chains *c, int extra)
{
	int depth = c->depth < DEPTH_MAX ? c->depth : DEPTH_MAX;

	fprintf(c->out->out, "  %*s", depth * 3 + extra, "");
}

/* All who wait for it but the one that led here, whose line is above already. */
static size_t waiters(const struct chains *c, size_t resource)
{
	char name[WORDS];
	size_t n = 0;

	for (size_t i = c->queues[resource].first; i != REPORT_NONE; i = c->next[i]) {
		if (i == c->from)
			continue;
		if (n == 0)
			indent(c, 0);
		if (n < WAITERS_SHOWN)
			fprintf(c->out->out, "%s%s", n ? ", " : "", words_thread(c->r, i, name));
		n++;
	}
	if (n > WAITERS_SHOWN)
		fprintf(c->out->out, " and %zu more", n - WAITERS_SHOWN);
	return n;
}

static void wait_line(const struct chains *c, size_t resource)
{
	size_t who = c->from == REPORT_NONE ? c->queues[resource].longest : c->from;
	const struct report_thread *t = &c->r->threads[who];
	char verb[WORDS], what[WORDS * 2], age[WORDS], tries[48] = "";

	if (t->wait.tries)
		snprintf(tries, sizeof(tries), ", tried again %" PRIu32 " times", t->wait.tries);
	indent(c, 3);
	fprintf(c->out->out, "%s %s  (%s%s)\n",
		utf8_shown(t->wait.verb ? t->wait.verb : "waits for", verb, sizeof(verb)),
		words_resource(c->r, resource, what),
		words_waited(t->waited_ns, t->wait.quality, age), tries);
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

static const char *branch(const struct chains *c)
{
	return c->out->options.unicode ? "└─" : "`-";
}

static void holder_line(const struct chains *c, const struct report_holder *h)
{
	char name[WORDS], why[WORDS], doing[WORDS];
	const struct report_thread *t = h->thread == REPORT_NONE ? NULL : &c->r->threads[h->thread];

	indent(c, 0);
	fprintf(c->out->out, "%s %s: %s  %s%s%s\n", branch(c),
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
		if (!c->queues[c->r->threads[t].resource].drawn)
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

		c->queues[resource].drawn = true;
		if (waiters(c, resource) > 0)
			fprintf(c->out->out, "%s\n", c->from == REPORT_NONE ? "" : " too");
		wait_line(c, resource);
		c->depth++;
		for (size_t i = 0; i < res->n_holders && i < HOLDERS_SHOWN; i++)
			holder_line(c, &res->holders[i]);
		if (res->n_holders > HOLDERS_SHOWN) {
			indent(c, 0);
			fprintf(c->out->out, "%s and %zu more\n", branch(c),
				res->n_holders - HOLDERS_SHOWN);
		}
		if (++c->drawn == LOCKS_SHOWN)
			break;
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

/* A cycle first, then those whom nobody waits for; the rest is what hangs off what is drawn. */
int text_chains(struct render *out, const struct report *r)
{
	static const enum role order[] = {ROLE_CYCLE, ROLE_WAITING, ROLE_HOLDER, ROLE_ROOT};
	struct chains c = {.out = out, .r = r};
	int err = find_queues(&c);

	for (size_t o = 0; !err && o < sizeof(order) / sizeof(order[0]); o++) {
		for (size_t i = 0; i < r->n_resources && c.drawn < LOCKS_SHOWN; i++) {
			if (c.queues[i].drawn || !(c.queues[i].roles & 1U << order[o]))
				continue;
			c.from = REPORT_NONE;
			c.depth = 0;
			chain(&c, i);
		}
	}
	if (!err && c.drawn == LOCKS_SHOWN && c.drawn < r->n_resources)
		fprintf(out->out, "  and %zu more that they wait for: --format=json has all\n\n",
			r->n_resources - c.drawn);
	free(c.queues);
	free(c.next);
	return err;
}
