/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TESTS_TOLD_H
#define TESTS_TOLD_H

/*
 * Reports for tests of what is done with them, as text. A line is a thread in
 * its role, with the process that it belongs to; words in [] may be left out:
 *
 *	root|cycle|holder|waiting COMM [exe EXE] [unit UNIT] [cgroup PATH]
 *
 * All but a root wait. A _ in UNIT stands for a blank.
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

#define TOLD_THREADS 8

struct told {
	struct report report;
	struct report_thread threads[TOLD_THREADS];
	char text[512];
};

static inline enum role told_role(const char *word)
{
	for (int i = 1; i < _ROLE_MAX; i++) {
		if (!strcmp(word_role((enum role)i), word))
			return (enum role)i;
	}
	fail_msg("not a role: %s", word);
	return 0;
}

static inline void told_thread(struct told *t, char *line)
{
	char *save, *word = strtok_r(line, " ", &save), *key;
	struct report_thread *thread = &t->threads[t->report.n_threads++];

	assert_true(t->report.n_threads <= TOLD_THREADS);
	thread->role = told_role(word);
	thread->resource = thread->role == ROLE_ROOT ? REPORT_NONE : 0;
	thread->process = strtok_r(NULL, " ", &save);
	while ((key = strtok_r(NULL, " ", &save))) {
		word = strtok_r(NULL, " ", &save);
		for (char *c = word; *c; c++)
			*c = *c == '_' ? ' ' : *c;
		if (!strcmp(key, "exe"))
			thread->exe = word;
		else if (!strcmp(key, "unit"))
			thread->unit = word;
		else
			thread->cgroup = word;
	}
}

static inline const struct report *told(struct told *t, enum report_event event, const char *id,
					const char *rule, const char *threads)
{
	char *save, *line;

	memset(t, 0, sizeof(*t));
	t->report.event = event;
	t->report.rule = rule;
	t->report.severity = strcmp(rule, "convoy") ? SEVERITY_STALL : SEVERITY_CONTENTION;
	t->report.threads = t->threads;
	snprintf(t->report.id, sizeof(t->report.id), "%s", id);
	snprintf(t->report.signature, sizeof(t->report.signature), "0123456789abcdef");
	snprintf(t->text, sizeof(t->text), "%s", threads);
	for (line = strtok_r(t->text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		told_thread(t, line);
	return &t->report;
}

#endif
