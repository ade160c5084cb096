// SPDX-License-Identifier: GPL-2.0
#include "status.h"

#include <stddef.h>
#include <string.h>

#include "../../core/words.h"
#include "../utf8.h"
#include "../words.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- From samples ---- */

/* Numbers that are added up over what labels they have; with a label only that one. */
static const struct {
	const char *name, *label, *wanted;
	size_t at;
} numbers[] = {
#define NUMBER(name, member)                                                                       \
	{                                                                                          \
		name, NULL, NULL, offsetof(struct status, member)                                  \
	}
#define OF_LABEL(name, label, wanted, member)                                                      \
	{                                                                                          \
		name, label, wanted, offsetof(struct status, member)                               \
	}
	NUMBER("locktrace_start_time_seconds", began_s),
	NUMBER("locktrace_last_look_timestamp_seconds", looked_s),
	NUMBER("locktrace_longest_open_stall_seconds", longest_s),
	OF_LABEL("locktrace_reports_total", "event", "opened", told),
	OF_LABEL("locktrace_reports_total", "event", "reopened", told),
	OF_LABEL("locktrace_reports_total", "event", "snapshot", told),
	NUMBER("locktrace_stalls_suppressed_total", suppressed),
	NUMBER("locktrace_stalls_silenced_total", silenced),
	NUMBER("locktrace_look_duration_seconds_count", looks),
	NUMBER("locktrace_look_duration_seconds_sum", looks_s),
	NUMBER("locktrace_facts_total", facts),
	NUMBER("locktrace_threads", threads),
	NUMBER("locktrace_threads_parked", parked),
	NUMBER("locktrace_cpu_seconds_total", cpu_s),
	NUMBER("locktrace_cpu_recent_ratio", cpu_recent),
	OF_LABEL("locktrace_resident_memory_bytes", "process", "watch", watch_bytes),
	OF_LABEL("locktrace_resident_memory_bytes", "process", "helpers", helper_bytes),
	OF_LABEL("locktrace_processes", "process", "helpers", helpers),
	NUMBER("locktrace_parser_starts_total", parser_starts),
	NUMBER("locktrace_parser_failures_total", parser_failures),
	NUMBER("locktrace_spool_files", spool_files),
	NUMBER("locktrace_spool_bytes", spool_bytes),
	NUMBER("locktrace_spool_waiting", spool_waiting),
	NUMBER("locktrace_spool_written_total", spool_written),
	NUMBER("locktrace_spool_removed_total", spool_removed),
	NUMBER("locktrace_spool_dropped_total", spool_lost),
};

static void copy(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from);
}

static void add(struct status_list *l, double n, const char *what)
{
	if (n <= 0)
		return;
	if (l->n == STATUS_LINES_MAX) {
		l->more += n;
		return;
	}
	l->counts[l->n].n = n;
	copy(l->counts[l->n].what, sizeof(l->counts[l->n].what), what);
	l->n++;
}

static void take_open(struct status *s, const struct sample *sample)
{
	const char *unit = sample_label(sample, "unit");
	bool known = strcmp(unit, "none") != 0;
	bool stuck = strcmp(sample_label(sample, "severity"), word_severity(SEVERITY_CONTENTION)) !=
		     0;
	char what[sizeof(((struct status_count *)NULL)->what)];

	snprintf(what, sizeof(what), "%.50s%s%s%.110s", sample_label(sample, "rule"),
		 stuck ? "" : " (contention)", known ? " in " : "", known ? unit : "");
	s->stuck += stuck && sample->value > 0 ? sample->value : 0;
	add(&s->open, sample->value, what);
}

static void take_hook(struct status *s, const struct sample *sample)
{
	size_t n = strlen(s->hooks);

	snprintf(s->hooks + n, sizeof(s->hooks) - n, "%s%s", n ? " " : "",
		 sample_label(sample, "hook"));
}

static void take_words(struct status *s, const struct sample *sample)
{
	if (strcmp(sample->name, "locktrace_build_info") == 0)
		copy(s->version, sizeof(s->version), sample_label(sample, "version"));
	if (strcmp(sample->name, "locktrace_hook_attached") == 0)
		take_hook(s, sample);
	if (strcmp(sample->name, "locktrace_stalls_open") == 0)
		take_open(s, sample);
	if (strcmp(sample->name, "locktrace_lost_total") == 0)
		add(&s->lost, sample->value, sample_label(sample, "reason"));
	if (strcmp(sample->name, "locktrace_spool_files") == 0)
		s->spool_listed = 1;
	if (strcmp(sample->name, "locktrace_spool_written_total") == 0)
		s->spool_known = 1;
	if (strcmp(sample->name, "locktrace_watch_info") != 0)
		return;
	copy(s->via, sizeof(s->via), sample_label(sample, "via"));
	copy(s->target, sizeof(s->target), sample_label(sample, "target"));
}

void status_take(void *ctx, const struct sample *sample)
{
	struct status *s = ctx;

	for (size_t i = 0; i < COUNT(numbers); i++) {
		if (strcmp(numbers[i].name, sample->name) == 0 &&
		    (!numbers[i].label ||
		     strcmp(sample_label(sample, numbers[i].label), numbers[i].wanted) == 0))
			*(double *)((char *)s + numbers[i].at) += sample->value;
	}
	take_words(s, sample);
}

bool status_is_whole(const struct status *s)
{
	return *s->version && *s->via && s->looked_s > 0;
}

double status_n_open(const struct status *s)
{
	double n = s->open.more;

	for (size_t i = 0; i < s->open.n; i++)
		n += s->open.counts[i].n;
	return n;
}

enum severity status_worst(const struct status *s)
{
	if (s->stuck > 0)
		return SEVERITY_STALL;
	return s->open.n ? SEVERITY_CONTENTION : 0;
}

/* ---- In words ---- */

static const char *bytes(double n, char buf[WORDS])
{
	static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
	size_t unit = 0;

	for (; n >= 1024 && unit + 1 < COUNT(units); unit++)
		n /= 1024;
	snprintf(buf, WORDS, "%.*f %s", unit ? 1 : 0, n, units[unit]);
	return buf;
}

static void put_list(const struct status_list *l, FILE *out)
{
	for (size_t i = 0; i < l->n; i++) {
		fprintf(out, "%s%.0f ", i ? ", " : "", l->counts[i].n);
		utf8_put(out, l->counts[i].what);
	}
	if (l->more > 0)
		fprintf(out, ", %.0f others", l->more);
}

static void write_head(const struct status *s, double now_s, FILE *out)
{
	char buf[WORDS];

	fputs("locktrace ", out);
	utf8_put(out, s->version);
	fputs(" watches ", out);
	utf8_put(out, s->target);
	fputs(" by ", out);
	utf8_put(out, s->via);
	fprintf(out, ", for %s\n", words_age_s(now_s - s->began_s, buf));
	if (*s->hooks) {
		fputs("hooks    ", out);
		utf8_put(out, s->hooks);
		fputc('\n', out);
	}
}

static void write_stalls(const struct status *s, FILE *out)
{
	char buf[WORDS];

	if (s->open.n) {
		fprintf(out, "stalls   %.0f open", status_n_open(s));
		if (s->stuck > 0)
			fprintf(out, ", stuck for up to %s", words_age_s(s->longest_s, buf));
		fputs(": ", out);
		put_list(&s->open, out);
		fputc('\n', out);
	} else {
		fputs("stalls   none is open\n", out);
	}
	fprintf(out, "         %.0f told of, %.0f suppressed, %.0f silenced\n", s->told,
		s->suppressed, s->silenced);
}

static void write_seeing(const struct status *s, double now_s, FILE *out)
{
	double lasted_s = s->looked_s > s->began_s ? s->looked_s - s->began_s : 0;
	char last[WORDS], each[WORDS];

	fprintf(out, "looks    %.0f, the last %s ago, %s each on average\n", s->looks,
		words_age_s(now_s - s->looked_s, last),
		words_age_s(s->looks > 0 ? s->looks_s / s->looks : 0, each));
	fprintf(out, "sees     %.0f threads, %.0f of them waiting for work; %.1f events/s\n",
		s->threads, s->parked, lasted_s > 0 ? s->facts / lasted_s : 0);
	fputs("lost     ", out);
	put_list(&s->lost, out);
	fputs(s->lost.n ? "\n" : "nothing\n", out);
}

static void write_cost(const struct status *s, FILE *out)
{
	double lasted_s = s->looked_s > s->began_s ? s->looked_s - s->began_s : 0;
	char watch[WORDS], helpers[WORDS];

	fprintf(out, "cost     %.2f %% of a CPU lately, %.2f %% in all; %s", s->cpu_recent * 100,
		lasted_s > 0 ? s->cpu_s / lasted_s * 100 : 0, bytes(s->watch_bytes, watch));
	if (s->helpers > 0)
		fprintf(out, ", and %s in %.0f helper%s", bytes(s->helper_bytes, helpers),
			s->helpers, s->helpers > 1 ? "s" : "");
	fprintf(out, "\nparsers  %.0f started, %.0f failed\n", s->parser_starts,
		s->parser_failures);
}

static void write_spool(const struct status *s, FILE *out)
{
	char size[WORDS];

	if (!s->spool_known)
		return;
	fputs("spool    ", out);
	if (s->spool_listed)
		fprintf(out, "%.0f reports, %s; ", s->spool_files, bytes(s->spool_bytes, size));
	fprintf(out, "%.0f written, %.0f removed, %.0f waiting, %.0f lost\n", s->spool_written,
		s->spool_removed, s->spool_waiting, s->spool_lost);
}

void status_write(const struct status *s, double now_s, FILE *out)
{
	write_head(s, now_s, out);
	write_stalls(s, out);
	write_seeing(s, now_s, out);
	write_cost(s, out);
	write_spool(s, out);
}
