/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TESTS_PICTURED_H
#define TESTS_PICTURED_H

/*
 * Reports for tests of how they are drawn, as text. A line is a thread in its
 * role, or a resource with who holds it; words in [] may be left out:
 *
 *	root|cycle|holder|waiting NAME [for RESOURCE] [since MS [at-least|about|unknown]]
 *	lock NAME by THREAD [inferred]
 *
 * A name has no blanks; whatever else is in it stays. The report is told of at
 * 100,000 ms, its first wait began at 1,000 ms.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/report.h"
#include "core/words.h"

#define PICTURED_MS 1000000ULL

struct pictured {
	struct report report;
	struct fact_session session;
	struct report_thread *threads;
	struct report_resource *resources;
	struct report_holder *holders;
	char *text;
};

static inline size_t pictured_thread(const struct pictured *d, const char *name)
{
	for (size_t i = 0; i < d->report.n_threads; i++) {
		if (!strcmp(d->threads[i].fact.comm, name))
			return i;
	}
	fail_msg("no thread %s", name);
	return 0;
}

static inline size_t pictured_resource(const struct pictured *d, const char *name)
{
	for (size_t i = 0; i < d->report.n_resources; i++) {
		if (!strcmp(d->resources[i].fact.name, name))
			return i;
	}
	fail_msg("no lock %s", name);
	return 0;
}

static inline enum since_quality pictured_quality(const char *word)
{
	return !word			   ? SINCE_EXACT
	       : !strcmp(word, "at-least") ? SINCE_AT_LEAST
	       : !strcmp(word, "about")	   ? SINCE_ABOUT
					   : SINCE_UNKNOWN;
}

/* Threads and locks by their first words; what they have to do with each other comes after. */
static inline void pictured_nodes(struct pictured *d, char **words)
{
	size_t n = d->report.n_threads;

	if (!strcmp(words[0], "lock")) {
		d->resources[d->report.n_resources++].fact = (struct fact_resource){
			.key = words[1], .kind = "mutex", .name = words[1], .class = CLASS_LOCK};
		return;
	}
	d->report.n_threads++;
	d->threads[n] = (struct report_thread){
		.fact = {.ref = {1, (int32_t)n + 1, 0}, .comm = words[1], .doing = "asleep"},
		.process = "tests",
		.resource = REPORT_NONE,
		.stack = REPORT_NONE};
	for (int role = 1; role < _ROLE_MAX; role++) {
		if (!strcmp(word_role((enum role)role), words[0]))
			d->threads[n].role = (enum role)role;
	}
	if (!d->threads[n].role)
		fail_msg("not a role: %s", words[0]);
}

static inline void pictured_edges(struct pictured *d, char **words, size_t *holders)
{
	struct report_thread *t;
	struct report_resource *res;

	if (!strcmp(words[0], "lock") && words[2]) {
		res = &d->resources[pictured_resource(d, words[1])];
		res->n_holders++;
		d->holders[*holders] = (struct report_holder){
			.thread = pictured_thread(d, words[3]),
			.fact = {.evidence = words[4] ? EVIDENCE_INFERRED : EVIDENCE_EXACT,
				 .resource = res->fact.name,
				 .why = "owner field"}};
		if (!res->holders)
			res->holders = &d->holders[*holders];
		++*holders;
	}
	if (!strcmp(words[0], "lock") || !words[2])
		return;
	t = &d->threads[pictured_thread(d, words[1])];
	t->resource = pictured_resource(d, words[3]);
	t->wait.quality = pictured_quality(words[4] ? words[6] : NULL);
	t->wait.since_wall_ns = (words[4] ? strtoull(words[5], NULL, 10) : 1000) * PICTURED_MS;
	t->waited_ns = d->report.wall_ns - t->wait.since_wall_ns;
}

/* A lock that several hold has a line for each, one after the other. */
static inline bool pictured_is_known(const struct pictured *d, char **words)
{
	size_t n = d->report.n_resources;

	return n && !strcmp(words[0], "lock") && !strcmp(d->resources[n - 1].fact.name, words[1]);
}

static inline void pictured_lines(struct pictured *d, char *text, size_t *holders)
{
	char *line, *next;

	for (line = text; *line; line = next) {
		char *words[8] = {NULL}, *save = NULL;

		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = '\0';
		words[0] = strtok_r(line, " ", &save);
		for (size_t i = 1; i < 7 && words[i - 1]; i++)
			words[i] = strtok_r(NULL, " ", &save);
		if (!words[0] || !words[1])
			continue;
		if (holders)
			pictured_edges(d, words, holders);
		else if (!pictured_is_known(d, words))
			pictured_nodes(d, words);
	}
}

static inline const struct report *pictured(struct pictured *d, const char *story)
{
	size_t room = strlen(story) / 4 + 1, holders = 0;
	char *again;

	*d = (struct pictured){
		.threads = calloc(room, sizeof(*d->threads)),
		.resources = calloc(room, sizeof(*d->resources)),
		.holders = calloc(room, sizeof(*d->holders)),
		.session = {.version = "1",
			    .via = "proc",
			    .hooks = "",
			    .target = "1 tests",
			    .host = "h"},
		.report = {.session = NULL,
			   .event = EVENT_OPENED,
			   .id = "0123456789",
			   .signature = "0123456789abcdef",
			   .rule = "deadlock",
			   .title = "a title",
			   .summary = "A summary.",
			   .certainty = CERTAINTY_CERTAIN,
			   .wall_ns = 100000 * PICTURED_MS,
			   .since_wall_ns = 1000 * PICTURED_MS,
			   .since_quality = SINCE_EXACT,
			   .lasted_ns = 99000 * PICTURED_MS,
			   .life = {.first = REPORT_NONE}},
	};
	d->text = strdup(story); /* the names live on in it */
	again = strdup(story);
	if (!d->threads || !d->resources || !d->holders || !d->text || !again)
		abort();
	d->report.session = &d->session;
	d->report.threads = d->threads;
	d->report.resources = d->resources;
	pictured_lines(d, d->text, NULL);
	pictured_lines(d, again, &holders);
	free(again);
	return &d->report;
}

static inline void pictured_free(struct pictured *d)
{
	free(d->threads);
	free(d->resources);
	free(d->holders);
	free(d->text);
}

#endif
