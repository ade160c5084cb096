// SPDX-License-Identifier: GPL-2.0
/*
 * Open stalls as a text, a JSON object a line:
 *
 *	{"locktrace_open":1, ...}	whose they are
 *	a report			of each, the newest,
 *	{"fact":"stall", ...}		and unless it is over: what an engine must know of it
 *	{"fact":"stall-wait", ...}	any number of these
 *	{"end":true, ...}		how many lines there are, and their checksum
 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "../core/arena.h"
#include "../core/valid_fact.h"
#include "../trace/codec.h"
#include "open_stalls.h"

static uint32_t checksum(const char *text, size_t size)
{
	return (uint32_t)crc32_z(0, (const Bytef *)text, size);
}

struct reading {
	struct open_kept *kept;
	const struct open_whose *whose;
	char *why;
	char open[24]; /* id of the last report, if it is of an open stall that has no fact yet */
	size_t lines;
};

static int damaged(const struct reading *r, const char *what)
{
	if (!*r->why)
		snprintf(r->why, JSON_READ_WHY, "line %zu: %.120s", r->lines, what);
	return -EBADMSG;
}

/* What was allocated for the facts, and is freed with them. NULL is nothing. */
static int keep(struct open_kept *k, void *memory)
{
	if (array_room(&k->memory, &k->cap_memory, k->n_memory, sizeof(*k->memory))) {
		free(memory);
		return -ENOMEM;
	}
	k->memory[k->n_memory++] = memory;
	return 0;
}

static int copy_text(struct open_kept *k, const char **text)
{
	char *copy = strdup(*text);

	*text = copy;
	return copy ? keep(k, copy) : -ENOMEM;
}

/* Decoded strings go with their line: these stay. */
static int keep_strings(struct open_kept *k, struct fact *f)
{
	int err;

	if (f->type == FACT_STALL_WAIT) {
		err = copy_text(k, &f->stall_wait.stall);
		return err ? err : copy_text(k, &f->stall_wait.resource);
	}
	err = copy_text(k, &f->stall.id);
	if (!err)
		err = copy_text(k, &f->stall.rule);
	return err ? err : copy_text(k, &f->stall.signature);
}

static int take_fact(struct reading *r, json_t *line)
{
	struct open_kept *k = r->kept;
	struct fact fact;
	void *memory;
	char why[JSON_READ_WHY];
	int err = fact_decode(line, &fact, &memory, why, sizeof(why));

	free(memory); /* of numbers and frames, which these have not */
	if (err)
		return err == -EBADMSG ? damaged(r, why) : err;
	if ((fact.type != FACT_STALL && fact.type != FACT_STALL_WAIT) || !fact_is_valid(&fact))
		return damaged(r, "the fact is not as it must be");
	if (fact.type == FACT_STALL && strcmp(fact.stall.id, r->open) != 0)
		return damaged(r, "a stall without its report");
	if (fact.type == FACT_STALL)
		r->open[0] = '\0';
	err = array_room(&k->facts, &k->cap_facts, k->n_facts, sizeof(*k->facts));
	if (!err)
		err = keep_strings(k, &fact);
	if (!err)
		k->facts[k->n_facts++] = fact;
	return err;
}

static int take_report(struct reading *r, const char *text, size_t size)
{
	struct open_stalls *all = &r->kept->stalls;
	struct json_read *j;
	char why[JSON_READ_WHY] = "", *copy;
	int err = json_read(text, size, &j, why);

	if (err)
		return err == -ENOMEM ? err : damaged(r, *why ? why : "is no report");
	const struct report *report = json_read_report(j);

	if (!report || open_stalls_find(all, report->id)) {
		json_read_free(j);
		return damaged(r, "is no report, or the second one of its stall");
	}
	copy = malloc(size + 1);
	err = copy ? 0 : -ENOMEM;
	if (!err) {
		memcpy(copy, text, size);
		copy[size] = '\0';
		err = open_stalls_told(all, report, copy, size);
	}
	if (!err && !all->all[all->n - 1].over)
		memcpy(r->open, report->id, sizeof(r->open));
	json_read_free(j);
	return err;
}

static int take_head(struct reading *r, const json_t *line)
{
	const char *boot = json_string_value(json_object_get(line, "boot"));
	const char *scope = json_string_value(json_object_get(line, "scope"));
	const json_t *wall = json_object_get(line, "wall_ns");
	json_int_t version = json_integer_value(json_object_get(line, "locktrace_open"));

	if (version > OPEN_STALLS_VERSION)
		return damaged(r, "it is of a newer locktrace");
	if (version != OPEN_STALLS_VERSION || !boot || !scope || !json_is_integer(wall))
		return damaged(r, "it does not begin as open stalls do");
	if (strcmp(scope, r->whose->scope) != 0)
		return -ENOENT;
	r->kept->same_boot = !strcmp(boot, r->whose->boot);
	r->kept->last_wall_ns = (uint64_t)json_integer_value(wall);
	return 0;
}

static int take_line(struct reading *r, const char *text, size_t size)
{
	json_t *line = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
	int err;

	r->lines++;
	if (!line)
		return damaged(r, "is no JSON object");
	if (r->lines == 1)
		err = take_head(r, line);
	else if (json_object_get(line, "fact"))
		err = take_fact(r, line);
	else if (r->open[0])
		err = damaged(r, "a report of an open stall, and nothing else of it");
	else
		err = take_report(r, text, size);
	json_decref(line);
	return err;
}

/* The last line says whether all the others are there, and as they were. Returns where it begins.
 */
static const char *find_end(const char *text, size_t size)
{
	const char *end = size && text[size - 1] == '\n' ? memrchr(text, '\n', size - 1) : NULL;
	json_t *line = end ? json_loadb(end + 1, (size_t)(text + size - end - 1), 0, NULL) : NULL;
	bool whole = line && json_is_true(json_object_get(line, "end")) &&
		     json_integer_value(json_object_get(line, "crc32")) ==
			     checksum(text, (size_t)(end + 1 - text));

	json_decref(line);
	return whole ? end + 1 : NULL;
}

int open_stalls_read(const char *text, size_t size, const struct open_whose *whose,
		     struct open_kept *ret, char why[JSON_READ_WHY])
{
	struct reading r = {.kept = ret, .whose = whose, .why = why};
	const char *end = find_end(text, size);
	int err = 0;

	*ret = (struct open_kept){0};
	*why = '\0';
	if (!end)
		err = damaged(&r, "it is not whole, or its checksum is another");
	for (const char *at = text; !err && at < end;) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));

		err = take_line(&r, at, (size_t)(newline + 1 - at));
		at = newline + 1;
	}
	if (!err && (!r.lines || r.open[0]))
		err = damaged(&r, "something is missing at the end");
	if (err)
		open_kept_free(ret);
	return err;
}

void open_kept_free(struct open_kept *k)
{
	open_stalls_free(&k->stalls);
	for (size_t i = 0; i < k->n_memory; i++)
		free(k->memory[i]);
	free(k->memory);
	free(k->facts);
	*k = (struct open_kept){0};
}
