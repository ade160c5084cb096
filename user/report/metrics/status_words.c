// SPDX-License-Identifier: GPL-2.0

#include "../utf8.h"
#include "../words.h"
#include "status.h"

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

static void write_hooks(const struct status *s, FILE *out)
{
	double lasted_s = s->looked_s > s->began_s ? s->looked_s - s->began_s : 0, sum = 0;
	const char *before = ": ";
	char maps[WORDS];

	if (!s->n_costs)
		return;
	for (size_t i = 0; i < s->n_costs; i++)
		sum += s->costs[i].recent;
	fprintf(out, "         hooks %.2f %% of a CPU lately, %s of maps", sum * 100,
		words_bytes(s->map_bytes, maps));
	for (size_t i = 0; i < s->n_costs; i++) {
		const struct status_hook *h = &s->costs[i];

		if (h->hits <= 0 && !h->off)
			continue;
		fputs(before, out);
		utf8_put(out, h->name);
		before = ", ";
		if (h->off)
			fputs(" off, as it took too much", out);
		else
			fprintf(out, " %.2f %% (%.1f hits/s)", h->recent * 100,
				lasted_s > 0 ? h->hits / lasted_s : 0);
	}
	fputc('\n', out);
}

static void write_cost(const struct status *s, FILE *out)
{
	double lasted_s = s->looked_s > s->began_s ? s->looked_s - s->began_s : 0;
	char watch[WORDS], helpers[WORDS];

	fprintf(out, "cost     %.2f %% of a CPU lately, %.2f %% in all; %s", s->cpu_recent * 100,
		lasted_s > 0 ? s->cpu_s / lasted_s * 100 : 0, words_bytes(s->watch_bytes, watch));
	if (s->helpers > 0)
		fprintf(out, ", and %s in %.0f helper%s", words_bytes(s->helper_bytes, helpers),
			s->helpers, s->helpers > 1 ? "s" : "");
	fputc('\n', out);
	write_hooks(s, out);
	fprintf(out, "parsers  %.0f started, %.0f failed\n", s->parser_starts, s->parser_failures);
}

static void write_spool(const struct status *s, FILE *out)
{
	char size[WORDS];

	if (!s->spool_known)
		return;
	fputs("spool    ", out);
	if (s->spool_listed)
		fprintf(out, "%.0f reports, %s; ", s->spool_files,
			words_bytes(s->spool_bytes, size));
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
