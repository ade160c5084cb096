// SPDX-License-Identifier: GPL-2.0
/* The same for programs: one object; docs/fleet.md describes it. */
#include <errno.h>
#include <jansson.h>

#include "../../core/words.h"
#include "fleet_private.h"
#include "../json/json_parts.h"
#include "../utf8.h"

#define SCHEMA_VERSION 1

static json_t *number(uint64_t n)
{
	return json_integer(n < INT64_MAX ? (json_int_t)n : INT64_MAX);
}

static json_t *text_or_null(const char *s)
{
	return s && *s ? utf8_json(s) : json_null();
}

static json_t *versions(const struct fleet_group *g)
{
	json_t *all = json_array();

	for (size_t i = 0; i < g->n_versions; i++)
		json_array_append_new(all, json_pack("{s:o, s:o}", "locktrace",
						     utf8_json(g->versions[i].name), "reports",
						     number(g->versions[i].reports)));
	if (g->other_versions)
		json_array_append_new(all, json_pack("{s:n, s:o}", "locktrace", "reports",
						     number(g->other_versions)));
	return all;
}

static json_t *group(const struct fleet_group *g)
{
	const struct fleet_program *p = &g->program;

	return json_pack("{s:s, s:b, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o,"
			 " s:{s:o, s:o, s:o}, s:{s:o, s:s, s:o, s:s, s:o}}",
			 "signature", g->signature, "signature_partial", g->partial, "rule",
			 g->rule, "title", utf8_json(g->title), "devices", number(g->devices),
			 "stalls", number(g->stalls), "reports", number(g->reports), "suppressed",
			 number(g->suppressed), "reports_without_host", number(g->unnamed), "first",
			 text_or_null(g->first), "last", text_or_null(g->last), "longest_ns",
			 number(g->longest_ns), "versions", versions(g), "program", "process",
			 text_or_null(p->process), "module", text_or_null(p->module), "build_id",
			 text_or_null(p->build_id), "example", "host",
			 text_or_null(g->example_host), "id", g->example_id, "at",
			 text_or_null(g->example_at), "certainty",
			 word_certainty(g->example_certainty), "summary", utf8_json(g->example));
}

static json_t *broken(const struct fleet_count *c)
{
	return json_pack("{s:o, s:o, s:o, s:o}", "lines", number(c->broken), "first_file",
			 text_or_null(c->broken_file), "first_line",
			 c->broken ? number(c->broken_line) : json_null(), "first_why",
			 text_or_null(c->broken_why));
}

/* What was not kept apart, for a cap was met: in reports. */
static json_t *above(const struct fleet *f)
{
	return json_pack("{s:o, s:o, s:o, s:b}", "signatures", number(f->over_groups), "devices",
			 number(f->over_devices), "pairs", number(f->over_pairs), "stalls",
			 f->recent.forgot);
}

int fleet_print_json(struct fleet *f, const char *version, FILE *out)
{
	json_t *groups = json_array(), *whole;
	int err;

	fleet_sort(f);
	for (size_t i = 0; i < f->n_groups; i++)
		json_array_append_new(groups, group(&f->groups[i]));
	if (json_array_size(groups) != f->n_groups) {
		json_decref(groups);
		return -ENOMEM;
	}
	whole = json_pack("{s:i, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "schema", SCHEMA_VERSION,
			  "locktrace", version, "files", number(f->count.files), "reports",
			  number(f->count.reports), "devices", number(f->n_devices), "broken",
			  broken(&f->count), "above_cap", above(f), "signatures", groups);
	if (!whole)
		return -ENOMEM;
	err = json_line(whole, out);
	json_decref(whole);
	return !err && fflush(out) != 0 ? -EIO : err;
}
