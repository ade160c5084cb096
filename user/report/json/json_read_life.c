// SPDX-License-Identifier: GPL-2.0
/* What became of a stall, as json.c has written it. Reports of old have no such part. */
#include <stdio.h>

#include "../../core/words.h"
#include "json_read_private.h"

static int int_change(const char *word)
{
	return (int)change_from_word(word);
}

static int int_ending(const char *word)
{
	return (int)ending_from_word(word);
}

static int int_evidence(const char *word)
{
	return (int)evidence_from_word(word);
}

static void get_id(struct json_get *g, const json_t *o, const char *name, char *ret, size_t size)
{
	const char *id = json_is_null(json_object_get(o, name)) ? ""
								: json_get_name(g, o, name, size);

	snprintf(ret, size, "%s", id ? id : "");
}

static void get_first(struct json_read *j, const json_t *life, struct report_life *ret)
{
	struct json_get *g = &j->get;
	const json_t *o = json_get_object(g, life, "first", JSON_MAY_BE_NULL);

	ret->first = REPORT_NONE;
	if (!o)
		return;
	ret->first = json_get_index(g, o, "thread", 't', j->report.n_threads, JSON_NEEDED);
	ret->first_evidence = (enum evidence)json_get_word(g, o, "evidence", int_evidence);
	ret->first_how = json_get_text(g, o, "how", JSON_MAY_BE_NULL);
}

void json_read_life(struct json_read *j)
{
	struct json_get *g = &j->get;
	struct report_life *life = &j->report.life;
	const json_t *o;

	life->first = REPORT_NONE;
	if (!json_object_get(j->whole, "life"))
		return;
	o = json_get_object(g, j->whole, "life", JSON_NEEDED);
	if (!json_is_null(json_object_get(o, "change")))
		life->change = (enum report_change)json_get_word(g, o, "change", int_change);
	life->more = json_get_number(g, o, "more", INT64_MAX, JSON_NEEDED);
	life->times = (uint32_t)json_get_number(g, o, "times", UINT32_MAX, JSON_NEEDED);
	get_id(g, o, "into", life->into, sizeof(life->into));
	get_id(g, o, "split_from", life->split_from, sizeof(life->split_from));
	get_first(j, o, life);
	if (json_object_get(o, "ending"))
		life->ending = (enum report_ending)json_get_word(g, o, "ending", int_ending);
	life->suppressed = json_get_number(g, o, "suppressed", INT64_MAX, JSON_NEEDED);
	life->suppressed_ns = json_get_number(g, o, "suppressed_ns", INT64_MAX, JSON_NEEDED);
}
