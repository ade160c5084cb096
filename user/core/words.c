// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "words.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *const facts[] = {
	[FACT_SESSION] = "session", [FACT_NOTE] = "note",     [FACT_TICK] = "tick",
	[FACT_PROCESS] = "process", [FACT_THREAD] = "thread", [FACT_RESOURCE] = "resource",
	[FACT_WAIT] = "wait",	    [FACT_HOLD] = "hold",     [FACT_LOST] = "lost",
	[FACT_LOOKED] = "looked",   [FACT_STACK] = "stack",   [FACT_DETAILED] = "detailed",
	[FACT_END] = "end",	    [FACT_STALL] = "stall",   [FACT_STALL_WAIT] = "stall-wait",
	[FACT_UNSEEN] = "unseen",
};
_Static_assert(COUNT(facts) == _FACT_MAX, "a fact without a word");

static const char *const classes[] = {
	[CLASS_PARK] = "park",		 [CLASS_LOCK] = "lock",	  [CLASS_FULL] = "full",
	[CLASS_BACKLOG] = "backlog",	 [CLASS_EMPTY] = "empty", [CLASS_TOKEN] = "token",
	[CLASS_FILE_LOCK] = "file-lock", [CLASS_PILE] = "pile",
};
_Static_assert(COUNT(classes) == _CLASS_MAX, "a class without a word");

static const char *const evidences[] = {
	[EVIDENCE_UNKNOWN] = "unknown",
	[EVIDENCE_INFERRED] = "inferred",
	[EVIDENCE_TRACKED] = "tracked",
	[EVIDENCE_EXACT] = "exact",
};
_Static_assert(COUNT(evidences) == _EVIDENCE_MAX, "an evidence without a word");

static const char *const sinces[] = {
	[SINCE_UNKNOWN] = "unknown",
	[SINCE_AT_LEAST] = "at-least",
	[SINCE_ABOUT] = "about",
	[SINCE_EXACT] = "exact",
};
_Static_assert(COUNT(sinces) == _SINCE_MAX, "a quality without a word");

static const char *const activities[] = {
	[ACT_UNKNOWN] = "unknown",
	[ACT_RUNNING] = "running",
	[ACT_LOCK_WAIT] = "lock-wait",
	[ACT_SLEEPING] = "sleeping",
	[ACT_EVENT_WAIT] = "event-wait",
	[ACT_IO] = "io",
	[ACT_STOPPED] = "stopped",
	[ACT_ZOMBIE] = "zombie",
	[ACT_GONE] = "gone",
	[ACT_USER_WAIT] = "user-wait",
};
_Static_assert(COUNT(activities) == _ACT_MAX, "an activity without a word");

static const char *const notes[] = {
	[NOTE_INFO] = "info",
	[NOTE_WARNING] = "warning",
};
_Static_assert(COUNT(notes) == _NOTE_MAX, "a level without a word");

static const char *const reentries[] = {
	[REENTRY_CALLBACK] = "callback",
	[REENTRY_SIGNAL] = "signal",
};
_Static_assert(COUNT(reentries) == _REENTRY_MAX, "a way to enter again without a word");
static const char *const frame_hows[] = {
	[FRAME_CFI] = "cfi",
	[FRAME_FP] = "fp",
	[FRAME_GUESSED] = "guessed",
	[FRAME_SCAN] = "scan",
};
_Static_assert(COUNT(frame_hows) == _FRAME_HOW_MAX, "a way to a frame without a word");

static const char *const events[] = {
	[EVENT_OPENED] = "opened",	 [EVENT_CHANGED] = "changed",
	[EVENT_RESOLVED] = "resolved",	 [EVENT_SNAPSHOT] = "snapshot",
	[EVENT_ESCALATED] = "escalated", [EVENT_REOPENED] = "reopened",
	[EVENT_MERGED] = "merged",	 [EVENT_SUPPRESSED] = "suppressed",
};
_Static_assert(COUNT(events) == _EVENT_MAX, "an event without a word");

static const char *const changes[] = {
	[CHANGE_RULE] = "rule",
	[CHANGE_ROOT] = "root",
	[CHANGE_WAITERS] = "waiters",
	[CHANGE_NAMES] = "names",
};
_Static_assert(COUNT(changes) == _CHANGE_MAX, "a change without a word");

static const char *const endings[] = {
	[ENDING_UNWATCHED] = "unwatched",
	[ENDING_REBOOT] = "reboot",
};
_Static_assert(COUNT(endings) == _ENDING_MAX, "an ending without a word");

static const char *const certainties[] = {
	[CERTAINTY_POSSIBLE] = "possible",
	[CERTAINTY_LIKELY] = "likely",
	[CERTAINTY_CERTAIN] = "certain",
};
_Static_assert(COUNT(certainties) == _CERTAINTY_MAX, "a certainty without a word");

static const char *const severities[] = {
	[SEVERITY_CONTENTION] = "contention",
	[SEVERITY_STALL] = "stall",
};
_Static_assert(COUNT(severities) == _SEVERITY_MAX, "a severity without a word");

static const char *const roles[] = {
	[ROLE_ROOT] = "root",
	[ROLE_CYCLE] = "cycle",
	[ROLE_HOLDER] = "holder",
	[ROLE_WAITING] = "waiting",
};
_Static_assert(COUNT(roles) == _ROLE_MAX, "a role without a word");

/* Values start at 1: row 0 of each table is NULL. */
static const char *to_word(const char *const *words, size_t n, unsigned int v)
{
	return v > 0 && v < n ? words[v] : NULL;
}

static unsigned int from_word(const char *const *words, size_t n, const char *word)
{
	for (size_t i = 1; word && i < n; i++) {
		if (strcmp(words[i], word) == 0)
			return (unsigned int)i;
	}
	return 0;
}

#define TO_WORD(name, type, table)                                                                 \
	const char *name(type v)                                                                   \
	{                                                                                          \
		return to_word(table, COUNT(table), (unsigned)v);                                  \
	}

TO_WORD(word_fact, enum fact_type, facts)
TO_WORD(word_class, enum wait_class, classes)
TO_WORD(word_evidence, enum evidence, evidences)
TO_WORD(word_since, enum since_quality, sinces)
TO_WORD(word_activity, enum activity, activities)
TO_WORD(word_note, enum note_level, notes)
TO_WORD(word_reentry, enum reentry_sort, reentries)
TO_WORD(word_frame_how, enum frame_how, frame_hows)
TO_WORD(word_event, enum report_event, events)
TO_WORD(word_change, enum report_change, changes)
TO_WORD(word_ending, enum report_ending, endings)
TO_WORD(word_certainty, enum certainty, certainties)
TO_WORD(word_severity, enum severity, severities)
TO_WORD(word_role, enum role, roles)

#define FROM_WORD(name, type, table)                                                               \
	type name(const char *word)                                                                \
	{                                                                                          \
		return (type)from_word(table, COUNT(table), word);                                 \
	}

FROM_WORD(fact_from_word, enum fact_type, facts)
FROM_WORD(class_from_word, enum wait_class, classes)
FROM_WORD(evidence_from_word, enum evidence, evidences)
FROM_WORD(since_from_word, enum since_quality, sinces)
FROM_WORD(activity_from_word, enum activity, activities)
FROM_WORD(note_from_word, enum note_level, notes)
FROM_WORD(reentry_from_word, enum reentry_sort, reentries)
FROM_WORD(frame_how_from_word, enum frame_how, frame_hows)
FROM_WORD(event_from_word, enum report_event, events)
FROM_WORD(ending_from_word, enum report_ending, endings)
FROM_WORD(certainty_from_word, enum certainty, certainties)
FROM_WORD(severity_from_word, enum severity, severities)
FROM_WORD(role_from_word, enum role, roles)
FROM_WORD(change_from_word, enum report_change, changes)
