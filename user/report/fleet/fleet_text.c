// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../../core/words.h"
#include "fleet_private.h"
#include "../utf8.h"
#include "../words.h"

static int compare_versions(const void *a, const void *b)
{
	return strcmp(((const struct fleet_version *)a)->name,
		      ((const struct fleet_version *)b)->name);
}

static int compare_groups(const void *a, const void *b)
{
	const struct fleet_group *x = a, *y = b;

	if (x->devices != y->devices)
		return x->devices < y->devices ? 1 : -1;
	if (x->stalls != y->stalls)
		return x->stalls < y->stalls ? 1 : -1;
	return strcmp(x->signature, y->signature);
}

/* The tables point to where the groups were: none is added after this. */
void fleet_sort(struct fleet *f)
{
	if (f->n_groups)
		qsort(f->groups, f->n_groups, sizeof(f->groups[0]), compare_groups);
	for (size_t i = 0; i < f->n_groups; i++)
		qsort(f->groups[i].versions, f->groups[i].n_versions,
		      sizeof(f->groups[i].versions[0]), compare_versions);
}

/* "2026-11-21 08:22", in UTC: the devices' own clocks may be in any zone. */
static const char *minute(const char *moment, char buf[FLEET_MOMENT])
{
	if (!*moment)
		return "-";
	snprintf(buf, FLEET_MOMENT, "%.10s %.5s", moment, moment + 11);
	return buf;
}

static void put_program(const struct fleet_group *g, FILE *out)
{
	const struct fleet_program *p = &g->program;

	if (!*p->process && !*p->build_id)
		return;
	fputs("  program   ", out);
	utf8_put(out, *p->process ? p->process : "?");
	if (*p->build_id) {
		fputs(", in ", out);
		utf8_put(out, p->module);
		fputs(" build-id ", out);
		utf8_put(out, p->build_id);
	}
	fputc('\n', out);
}

static void put_versions(const struct fleet_group *g, FILE *out)
{
	fputs("  locktrace ", out);
	for (size_t i = 0; i < g->n_versions; i++) {
		fputs(i ? ", " : "", out);
		utf8_put(out, g->versions[i].name);
	}
	fputs(g->other_versions ? " and others\n" : "\n", out);
}

static void put_group(const struct fleet *f, const struct fleet_group *g, FILE *out)
{
	char first[FLEET_MOMENT], last[FLEET_MOMENT], age[WORDS];

	fprintf(out, "%s%6" PRIu64 "  %6" PRIu64 "  %-16s  %-16s  %-16s  ",
		f->over_pairs || f->over_devices ? ">=" : "  ", g->devices, g->stalls,
		minute(g->first, first), minute(g->last, last), g->signature);
	fprintf(out, "%s: ", g->rule);
	utf8_put(out, g->title);
	fprintf(out, "\n  example   %s, ", word_certainty(g->example_certainty));
	utf8_put(out, *g->example_host ? g->example_host : "a device without a name");
	fprintf(out, " %s, %s: ", minute(g->example_at, first), g->example_id);
	utf8_put(out, g->example);
	fputc('\n', out);
	put_program(g, out);
	put_versions(g, out);
	fprintf(out, "  longest   %s\n", words_age(g->longest_ns, age));
	if (g->suppressed)
		fprintf(out,
			"  besides   %" PRIu64 " stalls that devices counted and did not tell\n",
			g->suppressed);
	if (g->unnamed)
		fprintf(out, "  besides   %" PRIu64 " reports do not say of which device\n",
			g->unnamed);
	if (g->partial)
		fputs("  partial   a place in the code was missing or a guess: this bug may have "
		      "other signatures\n",
		      out);
	fputc('\n', out);
}

/* What makes the numbers above less than exact. */
static void put_caps(const struct fleet *f, FILE *out)
{
	if (f->over_groups)
		fprintf(out,
			"%" PRIu64 " reports have yet other signatures: not more than %zu are "
			"kept apart.\n",
			f->over_groups, f->caps.signatures);
	if (f->over_devices)
		fprintf(out,
			"%" PRIu64 " reports are of yet other devices: not more than %zu are kept "
			"apart.\n",
			f->over_devices, f->caps.devices);
	if (f->over_pairs)
		fprintf(out,
			"For %" PRIu64 " reports the device was not counted: not more than %zu "
			"pairs of signature and device are kept.\n",
			f->over_pairs, f->caps.pairs);
	if (f->recent.forgot)
		fprintf(out,
			"Reports of one stall that are more than %zu stalls apart were counted "
			"twice.\n",
			f->caps.stalls);
}

int fleet_print_text(struct fleet *f, FILE *out)
{
	uint64_t stalls = 0;

	fleet_sort(f);
	if (f->n_groups)
		fprintf(out, "%8s  %6s  %-16s  %-16s  %-16s  %s\n", "DEVICES", "STALLS",
			"FIRST SEEN, UTC", "LAST SEEN, UTC", "SIGNATURE", "RULE");
	for (size_t i = 0; i < f->n_groups; i++) {
		put_group(f, &f->groups[i], out);
		stalls += f->groups[i].stalls;
	}
	put_caps(f, out);
	fprintf(out,
		"%zu signatures, %zu devices, %" PRIu64 " stalls; %" PRIu64 " reports in %" PRIu64
		" files\n",
		f->n_groups, f->n_devices, stalls, f->count.reports, f->count.files);
	return fflush(out) != 0 || ferror(out) ? -EIO : 0;
}
