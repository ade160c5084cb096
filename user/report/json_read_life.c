// SPDX-License-Identifier: GPL-2.0
/* What became of a stall. Reports of the first versions do not have it. */
#include "json_read_private.h"

#include <stdio.h>

#include "../core/words.h"

static int int_evidence(const char *word)
{
	return (int)evidence_from_word(word);
}

/* The id of another stall, or "". */
static void get_id_of(struct json_get *g, const json_t *o, const char *name, char ret[24])
{
	const char *id = NULL;

	if (json_get_text(g, o, name, JSON_MAY_BE_NULL))
		id = json_get_name(g, o, name, 24);
	snprintf(ret, 24, "%s", id ? id : "");
}

static enum report_change get_change(struct json_get *g, const json_t *o)
{
	const char *word = json_get_text(g, o, "change", JSON_MAY_BE_NULL);
	enum report_change change = word ? change_from_word(word) : (enum report_change)0;

	if (word && !change)
		json_get_fault(g, "change", "is a word that is not known");
	return change;
}

static void get_first(struct json_get *g, const json_t *o, size_t n_threads,
		      struct report_life *life)
{
	const json_t *first = json_get_object(g, o, "first", JSON_MAY_BE_NULL);

	life->first = REPORT_NONE;
	if (!first)
		return;
	life->first = json_get_index(g, first, "thread", 't', n_threads, JSON_NEEDED);
	life->first_evidence = (enum evidence)json_get_word(g, first, "evidence", int_evidence);
	life->first_how = json_get_text(g, first, "how", JSON_NEEDED);
}

void json_read_life(struct json_read *j)
{
	struct report_life *life = &j->report.life;
	struct json_get *g = &j->get;
	const json_t *o;

	*life = (struct report_life){.times = 1, .first = REPORT_NONE};
	if (g->err || !json_object_get(j->whole, "life"))
		return;
	o = json_get_object(g, j->whole, "life", JSON_NEEDED);
	life->change = get_change(g, o);
	life->more = json_get_number(g, o, "more", INT64_MAX, JSON_NEEDED);
	life->times = (uint32_t)json_get_number(g, o, "times", UINT32_MAX, JSON_NEEDED);
	get_id_of(g, o, "into", life->into);
	get_id_of(g, o, "split_from", life->split_from);
	get_first(g, o, j->report.n_threads, life);
	life->suppressed = json_get_number(g, o, "suppressed", INT64_MAX, JSON_NEEDED);
	life->suppressed_ns = json_get_number(g, o, "suppressed_ns", INT64_MAX, JSON_NEEDED);
}
