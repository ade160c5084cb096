// SPDX-License-Identifier: GPL-2.0
#include "entry_fields.h"

#include <stdio.h>
#include <syslog.h>

#include "../report/utf8.h"
#include "../report/words.h"

/* As in the JSON. */
static const char *const events[_EVENT_MAX] = {
	[EVENT_OPENED] = "opened",	 [EVENT_CHANGED] = "changed",
	[EVENT_RESOLVED] = "resolved",	 [EVENT_SNAPSHOT] = "snapshot",
	[EVENT_ESCALATED] = "escalated", [EVENT_REOPENED] = "reopened",
	[EVENT_MERGED] = "merged",	 [EVENT_SUPPRESSED] = "suppressed",
};

static const char *const severities[_SEVERITY_MAX] = {
	[SEVERITY_CONTENTION] = "contention",
	[SEVERITY_STALL] = "stall",
};

static const char *const certainties[_CERTAINTY_MAX] = {
	[CERTAINTY_POSSIBLE] = "possible",
	[CERTAINTY_LIKELY] = "likely",
	[CERTAINTY_CERTAIN] = "certain",
};

static void text(struct entry_fields *f, const char *journal, const char *otlp, const char *value)
{
	if (value && *value)
		f->list[f->n++] = (struct entry_field){journal, otlp, value, 0};
}

static void number(struct entry_fields *f, const char *journal, const char *otlp, uint64_t value)
{
	f->list[f->n++] = (struct entry_field){journal, otlp, NULL, value};
}

static int priority(const struct report *r)
{
	if (r->event == EVENT_RESOLVED || r->event == EVENT_MERGED || r->event == EVENT_SUPPRESSED)
		return LOG_NOTICE;
	return r->certainty == CERTAINTY_CERTAIN && r->severity == SEVERITY_STALL ? LOG_ERR
										  : LOG_WARNING;
}

void entry_fields_of(const struct item *it, struct entry_fields *ret)
{
	const struct report *r = it->report;
	/* a deadlock's first thread, or the root blocker */
	const struct report_thread *t = r->n_threads ? &r->threads[0] : NULL;
	char news[WORDS], whole[2 * MESSAGE_MAX];

	*ret = (struct entry_fields){.priority = priority(r)};
	snprintf(whole, sizeof(whole), "%s %s%s: %s", words_event(r), r->title, words_news(r, news),
		 r->summary);
	/* of a long one the beginning, which is still UTF-8 */
	utf8_shown(whole, ret->message, sizeof(ret->message));
	text(ret, "LOCKTRACE_EVENT", "locktrace.event", events[r->event]);
	text(ret, "LOCKTRACE_ID", "locktrace.id", r->id);
	text(ret, "LOCKTRACE_UID", "log.record.uid", it->uid);
	text(ret, "LOCKTRACE_RULE", "locktrace.rule", r->rule);
	text(ret, "LOCKTRACE_SIGNATURE", "locktrace.signature", r->signature);
	text(ret, "LOCKTRACE_CERTAINTY", "locktrace.certainty", certainties[r->certainty]);
	text(ret, "LOCKTRACE_SEVERITY", "locktrace.severity", severities[r->severity]);
	text(ret, "LOCKTRACE_SUMMARY", "locktrace.summary", r->summary);
	text(ret, "LOCKTRACE_ADVICE", "locktrace.advice", r->advice);
	number(ret, "LOCKTRACE_STUCK", "locktrace.stuck", r->n_stuck);
	number(ret, "LOCKTRACE_WAITED_USEC", "locktrace.waited_us", r->lasted_ns / 1000);
	if (t) {
		number(ret, "LOCKTRACE_PID", "process.pid", (uint64_t)t->fact.ref.pid);
		if (t->fact.ref.tid)
			number(ret, "LOCKTRACE_TID", "thread.id", (uint64_t)t->fact.ref.tid);
		text(ret, "LOCKTRACE_THREAD", "thread.name", t->fact.comm);
		text(ret, "LOCKTRACE_COMM", "locktrace.comm", t->process);
		text(ret, "LOCKTRACE_UNIT", "locktrace.unit", t->unit);
		text(ret, "LOCKTRACE_CGROUP", "process.linux.cgroup", t->cgroup);
	}
	text(ret, "LOCKTRACE_VERSION", "locktrace.version", r->session->version);
	text(ret, "LOCKTRACE_REPORT", "locktrace.report", it->json);
}
