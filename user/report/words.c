// SPDX-License-Identifier: GPL-2.0
#include "words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "utf8.h"

#define SECOND 1000000000ULL

static const struct {
	uint64_t seconds;
	char unit;
} units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};

const char *words_age(uint64_t ns, char buf[WORDS])
{
	uint64_t seconds = ns / SECOND;

	if (ns < SECOND) {
		snprintf(buf, WORDS, "%" PRIu64 "ms", ns / 1000000);
		return buf;
	}
	if (seconds < 60) {
		snprintf(buf, WORDS, "%" PRIu64 ".%" PRIu64 "s", seconds,
			 (uint64_t)(ns % SECOND / 100000000));
		return buf;
	}
	for (size_t i = 0; i + 1 < sizeof(units) / sizeof(units[0]); i++) {
		if (seconds < units[i].seconds)
			continue;
		snprintf(buf, WORDS, "%" PRIu64 "%c %" PRIu64 "%c", seconds / units[i].seconds,
			 units[i].unit, seconds % units[i].seconds / units[i + 1].seconds,
			 units[i + 1].unit);
		break;
	}
	return buf;
}

const char *words_age_s(double seconds, char buf[WORDS])
{
	return words_age(seconds > 0 && seconds < 3e10 ? (uint64_t)(seconds * 1e9) : 0, buf);
}

const char *words_waited(uint64_t ns, enum since_quality quality, char buf[WORDS])
{
	static const char *const prefix[_SINCE_MAX] = {
		[SINCE_AT_LEAST] = "at least ", [SINCE_ABOUT] = "about ", [SINCE_EXACT] = ""};
	char age[WORDS];

	if (quality == SINCE_UNKNOWN || quality >= _SINCE_MAX || !prefix[quality])
		snprintf(buf, WORDS, "for a time not known");
	else
		snprintf(buf, WORDS, "%.16s%.64s", prefix[quality], words_age(ns, age));
	return buf;
}

const char *words_lasted(const struct report *r, char buf[WORDS])
{
	bool least = r->life.ending && r->since_quality != SINCE_UNKNOWN;

	return words_waited(r->lasted_ns, least ? SINCE_AT_LEAST : r->since_quality, buf);
}

const char *words_moment(const struct fact_session *s, uint64_t wall_ns, char buf[WORDS])
{
	time_t seconds = (time_t)(wall_ns / SECOND) + s->utc_offset_s;
	struct tm tm;

	if (wall_ns == 0 || !gmtime_r(&seconds, &tm))
		snprintf(buf, WORDS, "a time not known");
	else
		strftime(buf, WORDS, "%Y-%m-%d %H:%M:%S", &tm);
	return buf;
}

const char *words_thread(const struct report *r, size_t thread, char buf[WORDS])
{
	const struct report_thread *t = &r->threads[thread];
	const struct thread_ref *ref = &t->fact.ref;
	char comm[80], process[80];

	utf8_shown(t->fact.comm ? t->fact.comm : "", comm, sizeof(comm));
	utf8_shown(t->process ? t->process : "", process, sizeof(process));
	if (ref->tid == 0)
		snprintf(buf, WORDS, "process %d%s%s", ref->pid, *process ? " " : "", process);
	else if (!*comm)
		snprintf(buf, WORDS, "thread %d", ref->tid);
	else if (!(ref->tid == ref->pid && strcmp(comm, process) == 0) &&
		 ref->pid != r->session->target_pid && r->many_processes)
		snprintf(buf, WORDS, "%d %s of %d%s%s", ref->tid, comm, ref->pid,
			 *process ? " " : "", process);
	else
		snprintf(buf, WORDS, "%d %s", ref->tid, comm);
	return buf;
}

const char *words_resource(const struct report *r, size_t resource, char buf[WORDS * 2])
{
	const struct fact_resource *f = &r->resources[resource].fact;
	char name[WORDS], detail[160];

	utf8_shown(f->name ? f->name : f->kind, name, sizeof(name));
	if (f->detail)
		snprintf(buf, WORDS * 2, "%s: %s", name,
			 utf8_shown(f->detail, detail, sizeof(detail)));
	else
		snprintf(buf, WORDS * 2, "%s", name);
	return buf;
}

/* Somebody's login, or nothing at all, is where one expects a process to be. */
static bool is_plain_unit(const char *unit)
{
	return strncmp(unit, "session-", 8) == 0 || strncmp(unit, "user@", 5) == 0 ||
	       strcmp(unit, "init.scope") == 0;
}

const char *words_place(const struct report_thread *t, char buf[WORDS])
{
	const char *before = "", *where = t->unit;
	char inside[32] = "", shown[WORDS - 64];

	if (!where && t->cgroup) {
		before = "control group ";
		where = t->cgroup;
	}
	if (where && t->unit && is_plain_unit(t->unit))
		where = NULL;
	if (!where && !t->ns_pid)
		return NULL;
	if (t->ns_pid)
		snprintf(inside, sizeof(inside), "%spid %d inside", where ? ", " : "", t->ns_pid);
	snprintf(buf, WORDS, "%s%s%s", before, where ? utf8_shown(where, shown, sizeof(shown)) : "",
		 inside);
	return buf;
}

size_t words_places(const struct report *r, size_t threads[PLACES_MAX])
{
	char place[WORDS];
	size_t n = 0;

	for (size_t i = 0; i < r->n_threads && n < PLACES_MAX; i++) {
		size_t known = 0;

		while (known < n &&
		       r->threads[threads[known]].fact.ref.pid != r->threads[i].fact.ref.pid)
			known++;
		if (known == n && words_place(&r->threads[i], place))
			threads[n++] = i;
	}
	return n;
}

const char *words_silenced(const struct report_end *end, char buf[WORDS_SILENCED])
{
	char filter[WORDS];
	size_t n, all = 0, said = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < end->n_silenced; i++)
		all += end->silenced[i].stalls;
	if (!all)
		return buf;
	n = (size_t)snprintf(buf, WORDS_SILENCED, "%zu stall%s silenced", all,
			     all == 1 ? " was" : "s were");
	for (size_t i = 0; i < end->n_silenced && n < WORDS_SILENCED; i++) {
		const struct report_silenced *s = &end->silenced[i];

		if (s->stalls)
			n += (size_t)snprintf(
				buf + n, WORDS_SILENCED - n, "%s%zu %s%s", said++ ? ", " : ": ",
				s->stalls, s->filter ? "by --ignore " : "that no --only fits",
				s->filter ? utf8_shown(s->filter, filter, sizeof(filter)) : "");
	}
	return buf;
}

const char *words_bytes(double n, char buf[WORDS])
{
	static const char *const sizes[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
	size_t unit = 0;

	for (; n >= 1024 && unit + 1 < sizeof(sizes) / sizeof(sizes[0]); unit++)
		n /= 1024;
	snprintf(buf, WORDS, "%.*f %s", unit ? 1 : 0, n, sizes[unit]);
	return buf;
}
