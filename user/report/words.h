/* SPDX-License-Identifier: GPL-2.0 */
#ifndef REPORT_WORDS_H
#define REPORT_WORDS_H

/*
 * Times, ages and names as people read them. Each fills buf and returns it.
 */
#include "../core/report.h"

#define WORDS 256

/* "14.0 MiB" */
const char *words_bytes(double n, char buf[WORDS]);

/* "21d 4h", "3m 20s", "3.2s", "412ms": two units at most. */
const char *words_age(uint64_t ns, char buf[WORDS]);

/* The same of seconds that somebody wrote: what is no age, or above a thousand years, is 0ms. */
const char *words_age_s(double seconds, char buf[WORDS]);

/* An age with how well it is known: "at least 3.2s", "about 21d 4h", "not known". */
const char *words_waited(uint64_t ns, enum since_quality quality, char buf[WORDS]);
/* How long a stall has lasted, or did. */
const char *words_lasted(const struct report *r, char buf[WORDS]);

/* "2026-10-31 00:02:11", in the clock of the machine that was looked at. */
const char *words_moment(const struct fact_session *s, uint64_t wall_ns, char buf[WORDS]);

/* "317 dispatcher", "process 288 snmpd"; with its process where that is not the target. */
const char *words_thread(const struct report *r, size_t thread, char buf[WORDS]);

/*
 * Where its process lives, if that is worth a word: "nginx.service", "docker 3f2a9c1b7d5e,
 * pid 7 inside". Returns NULL if it is not.
 */
const char *words_place(const struct report_thread *t, char buf[WORDS]);

/* One thread of each process that has such a place; returns how many. */
#define PLACES_MAX 16
size_t words_places(const struct report *r, size_t threads[PLACES_MAX]);

/* "STALL", "CONTENTION", "CHANGED": how the report of an event begins. */
const char *words_event(const struct report *r);

/* "stuck", of what is still open. */
const char *words_stuck(const struct report *r);

/* "2 stalls and 1 case of contention" */
const char *words_opened(const struct report_end *end, char buf[WORDS]);

/* What is new, after the headline: ": 2 more threads wait (7 now)", or "". */
const char *words_news(const struct report *r, char buf[WORDS]);

/* Is that all that a person needs to read? */
bool words_is_one_line(const struct report *r);

/* "mutex queue_lock: locked" */
const char *words_resource(const struct report *r, size_t resource, char buf[WORDS * 2]);

/*
 * "3 stalls were silenced: 2 by --ignore rule=slow-holder, 1 that no --only fits"; "" if none was.
 * Control characters in filters are made visible.
 */
#define WORDS_SILENCED 2048
const char *words_silenced(const struct report_end *end, char buf[WORDS_SILENCED]);

#endif
