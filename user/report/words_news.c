// SPDX-License-Identifier: GPL-2.0
/* What became of a stall, in one line. */
#include <inttypes.h>
#include <stdio.h>

#include "words.h"

static const char *const events[_EVENT_MAX] = {
	[EVENT_OPENED] = "STALL",	   [EVENT_CHANGED] = "CHANGED",
	[EVENT_RESOLVED] = "RESOLVED",	   [EVENT_SNAPSHOT] = "STALL",
	[EVENT_ESCALATED] = "STILL STUCK", [EVENT_REOPENED] = "STUCK AGAIN",
	[EVENT_MERGED] = "MERGED",	   [EVENT_SUPPRESSED] = "NOT TOLD",
};

/* Of contention, as nothing is stuck; NULL: the same. */
static const char *const contentions[_EVENT_MAX] = {
	[EVENT_OPENED] = "CONTENTION",
	[EVENT_SNAPSHOT] = "CONTENTION",
	[EVENT_ESCALATED] = "STILL CONTENDED",
	[EVENT_REOPENED] = "CONTENDED AGAIN",
};

const char *words_event(const struct report *r)
{
	if (r->event <= 0 || r->event >= _EVENT_MAX)
		return "?";
	return r->severity == SEVERITY_CONTENTION && contentions[r->event] ? contentions[r->event]
									   : events[r->event];
}

const char *words_stuck(const struct report *r)
{
	return r->severity == SEVERITY_CONTENTION ? "contended" : "stuck";
}

bool words_is_one_line(const struct report *r)
{
	return r->event == EVENT_ESCALATED || r->event == EVENT_REOPENED ||
	       r->event == EVENT_MERGED || r->event == EVENT_SUPPRESSED ||
	       (r->event == EVENT_CHANGED && r->life.change == CHANGE_WAITERS);
}

static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

const char *words_opened(const struct report_end *end, char buf[WORDS])
{
	size_t stalls = end->opened - end->contended;
	int n = 0;

	if (stalls || !end->contended)
		n = snprintf(buf, WORDS, "%zu stall%s", stalls, plural(stalls));
	if (end->contended)
		snprintf(buf + n, WORDS - (size_t)n, "%s%zu case%s of contention", n ? " and " : "",
			 end->contended, plural(end->contended));
	return buf;
}

static const char *ordinal(uint32_t n)
{
	static const char *const endings[] = {"th", "st", "nd", "rd"};

	return n % 10 < 4 && n % 100 / 10 != 1 ? endings[n % 10] : "th";
}

static void changed(const struct report *r, char buf[WORDS])
{
	switch (r->life.change) {
	case CHANGE_WAITERS:
		snprintf(buf, WORDS, ": %zu more thread%s wait%s (%zu now)", r->life.more,
			 plural(r->life.more), r->life.more == 1 ? "s" : "", r->n_stuck);
		break;
	case CHANGE_ROOT:
		snprintf(buf, WORDS, ": another root");
		break;
	case CHANGE_NAMES:
		snprintf(buf, WORDS, ": names were found");
		break;
	default:
		break;
	}
}

const char *words_news(const struct report *r, char buf[WORDS])
{
	char age[WORDS];

	buf[0] = '\0';
	switch (r->event) {
	case EVENT_CHANGED:
		changed(r, buf);
		break;
	case EVENT_ESCALATED:
		snprintf(buf, WORDS, ": %.60s now, %zu thread%s",
			 words_waited(r->lasted_ns, r->since_quality, age), r->n_stuck,
			 plural(r->n_stuck));
		break;
	case EVENT_REOPENED:
		snprintf(buf, WORDS, ": for the %u%s time, %.60s now, %zu thread%s", r->life.times,
			 ordinal(r->life.times), words_waited(r->lasted_ns, r->since_quality, age),
			 r->n_stuck, plural(r->n_stuck));
		break;
	case EVENT_MERGED:
		snprintf(buf, WORDS, ": it is a part of %s now", r->life.into);
		break;
	case EVENT_SUPPRESSED:
		snprintf(buf, WORDS,
			 ": %" PRIu64 " more stall%s like this %s not told of in the last %.60s",
			 r->life.suppressed, plural(r->life.suppressed),
			 r->life.suppressed == 1 ? "was" : "were",
			 words_age(r->life.suppressed_ns, age));
		break;
	case EVENT_RESOLVED:
		if (r->life.ending)
			snprintf(buf, WORDS, ": %s",
				 r->life.ending == ENDING_REBOOT
					 ? "the machine was booted anew"
					 : "it had ended when locktrace looked again");
		break;
	case EVENT_OPENED:
		if (r->life.split_from[0])
			snprintf(buf, WORDS, ": it was a part of %s", r->life.split_from);
		break;
	default:
		break;
	}
	return buf;
}
