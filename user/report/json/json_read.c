// SPDX-License-Identifier: GPL-2.0
/*
 * The other way round from json.c, member by member. All strings stay in the
 * parsed object, which is kept; arrays are in an arena.
 */
#include "json_read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../core/words.h"
#include "json_read_private.h"

#define SCHEMA_VERSION 1
#define DAY_S	       86400

/* The words are typed by their enums; json_get_word() wants one type. */
static int int_event(const char *word)
{
	return (int)event_from_word(word);
}

static int int_severity(const char *word)
{
	return (int)severity_from_word(word);
}

static int int_certainty(const char *word)
{
	return (int)certainty_from_word(word);
}

static void at(struct json_get *g, const char *what, size_t index)
{
	if (g->err)
		return;
	g->what = what;
	g->index = index;
}

/* Threads, resources and stacks point to each other: their numbers are known first. */
static void get_lists(struct json_read *j)
{
	struct json_get *g = &j->get;
	struct report *r = &j->report;
	const json_t *threads = json_get_list(g, j->whole, "threads");
	const json_t *resources = json_get_list(g, j->whole, "resources");
	const json_t *stacks = json_get_list(g, j->whole, "stacks");
	struct report_thread *t = json_read_array(j, threads, sizeof(*t), &r->n_threads);
	struct report_resource *res = json_read_array(j, resources, sizeof(*res), &r->n_resources);
	struct report_stack *s = json_read_array(j, stacks, sizeof(*s), &r->n_stacks);

	r->threads = t;
	r->resources = res;
	r->stacks = s;
	if (!g->err && !r->n_threads)
		json_get_fault(g, "threads", "is empty");
	for (size_t i = 0; i < r->n_threads && !g->err; i++) {
		at(g, "threads", i + 1);
		json_read_thread(j, json_array_get(threads, i), &t[i]);
		r->many_processes |= t[i].fact.ref.pid != t[0].fact.ref.pid;
	}
	for (size_t i = 0; i < r->n_resources && !g->err; i++) {
		at(g, "resources", i + 1);
		json_read_resource(j, json_array_get(resources, i), &res[i]);
	}
	for (size_t i = 0; i < r->n_stacks && !g->err; i++) {
		at(g, "stacks", i + 1);
		json_read_stack(j, json_array_get(stacks, i), &s[i]);
	}
	at(g, NULL, 0);
}

static void get_doubts(struct json_read *j)
{
	const json_t *list = json_get_list(&j->get, j->whole, "doubts");
	const char **doubts = json_read_array(j, list, sizeof(*doubts), &j->report.n_doubts);

	for (size_t i = 0; i < j->report.n_doubts; i++) {
		doubts[i] = json_string_value(json_array_get(list, i));
		if (!doubts[i])
			json_get_fault(&j->get, "doubts", "holds what is not a string");
	}
	j->report.doubts = doubts;
}

/* Not there if nothing is. */
static void get_unseen(struct json_read *j)
{
	const json_t *list = json_object_get(j->whole, "unseen");
	struct fact_unseen *unseen;

	if (!list)
		return;
	list = json_get_list(&j->get, j->whole, "unseen");
	unseen = json_read_array(j, list, sizeof(*unseen), &j->report.n_unseen);
	at(&j->get, "unseen", 0);
	for (size_t i = 0; i < j->report.n_unseen && !j->get.err; i++) {
		const json_t *o = json_array_get(list, i);

		unseen[i] = (struct fact_unseen){
			.hook = json_get_text(&j->get, o, "hook", JSON_NEEDED),
			.what = json_get_text(&j->get, o, "what", JSON_NEEDED),
			.since_wall_ns = json_get_moment(&j->get, o, "since"),
		};
	}
	at(&j->get, NULL, 0);
	j->report.unseen = unseen;
}

static void get_lost(struct json_read *j)
{
	const json_t *o = json_get_object(&j->get, j->whole, "lost", JSON_NEEDED);
	struct fact_lost *lost = o ? arena_array(&j->arena, json_object_size(o), sizeof(*lost))
				   : NULL;
	const char *reason;
	json_t *v;

	if (o && !lost)
		j->get.err = -ENOMEM;
	j->report.lost = lost;
	if (!lost || j->get.err)
		return;
	json_object_foreach((json_t *)o, reason, v)
	{
		if (!json_is_integer(v) || json_integer_value(v) < 0)
			json_get_fault(&j->get, "lost", "holds what is not a number");
		lost[j->report.n_lost++] = (struct fact_lost){reason,
							      (uint64_t)json_integer_value(v)};
	}
}

/* Reports of the first versions do not say it: their times are shown as UTC. */
static void get_utc_offset(struct json_get *g, const json_t *host, struct fact_session *s)
{
	const json_t *v = json_object_get(host, "utc_offset_s");
	json_int_t offset = json_integer_value(v);

	if (!v)
		return;
	if (!json_is_integer(v) || offset < -DAY_S || offset > DAY_S)
		json_get_fault(g, "utc_offset_s", "is not a number, or out of range");
	else
		s->utc_offset_s = (int32_t)offset;
}

static void get_session(struct json_read *j)
{
	struct json_get *g = &j->get;
	const json_t *host = json_get_object(g, j->whole, "host", JSON_NEEDED);
	struct fact_session *s = &j->session;

	s->version = json_get_text(g, j->whole, "locktrace", JSON_NEEDED);
	s->via = json_get_text(g, j->whole, "via", JSON_NEEDED);
	s->hooks = json_get_text(g, j->whole, "hooks", JSON_NEEDED);
	s->target = json_get_text(g, j->whole, "target", JSON_MAY_BE_NULL);
	s->threshold_ns = json_get_number(g, j->whole, "threshold_ns", INT64_MAX, JSON_NEEDED);
	s->host = json_get_text(g, host, "name", JSON_MAY_BE_NULL);
	s->kernel = json_get_text(g, host, "kernel", JSON_MAY_BE_NULL);
	s->arch = json_get_text(g, host, "arch", JSON_MAY_BE_NULL);
	s->machine_id = json_get_text(g, host, "machine_id", JSON_LATER);
	s->boot_id = json_get_text(g, host, "boot_id", JSON_LATER);
	s->once = j->report.event == EVENT_SNAPSHOT;
	get_utc_offset(g, host, s);
	if (!s->target)
		s->target = "?";
	/* "306 statemachined (14 threads)": whom the report need not name again and again */
	s->target_pid = (int32_t)strtol(s->target, NULL, 10);
	if (s->target_pid < 0 || s->target[strspn(s->target, "0123456789")] != ' ')
		s->target_pid = 0;
}

/* Of reports before the member was there the rule tells. */
static enum severity get_severity(struct json_read *j)
{
	if (json_object_get(j->whole, "severity"))
		return (enum severity)json_get_word(&j->get, j->whole, "severity", int_severity);
	return j->report.rule && !strcmp(j->report.rule, "convoy") ? SEVERITY_CONTENTION
								   : SEVERITY_STALL;
}

static void get_head(struct json_read *j)
{
	struct json_get *g = &j->get;
	const json_t *o = j->whole;
	struct report *r = &j->report;
	const char *id, *signature;

	r->session = &j->session;
	r->event = (enum report_event)json_get_word(g, o, "event", int_event);
	id = json_get_name(g, o, "id", sizeof(r->id));
	signature = json_get_name(g, o, "signature", sizeof(r->signature));
	snprintf(r->id, sizeof(r->id), "%s", id ? id : "");
	snprintf(r->signature, sizeof(r->signature), "%s", signature ? signature : "");
	r->signature_partial = json_get_later_bool(g, o, "signature_partial");
	r->rule = json_get_name(g, o, "rule", 64);
	r->title = json_get_text(g, o, "title", JSON_NEEDED);
	r->certainty = (enum certainty)json_get_word(g, o, "certainty", int_certainty);
	r->severity = get_severity(j);
	r->heading = json_get_text(g, o, "heading", JSON_LATER);
	r->summary = json_get_text(g, o, "summary", JSON_NEEDED);
	r->advice = json_get_text(g, o, "advice", JSON_NEEDED);
	r->wall_ns = json_get_moment(g, o, "at");
	r->since_wall_ns = json_get_moment(g, o, "since");
	r->since_quality = (enum since_quality)json_get_word(g, o, "since_quality", json_since);
	r->lasted_ns = json_get_number(g, o, "waited_ns", INT64_MAX, JSON_NEEDED);
	r->already_stuck = json_get_bool(g, o, "already_stuck");
	r->n_stuck = json_get_number(g, o, "stuck", INT64_MAX, JSON_NEEDED);
}

/* Is it one of ours at all, and of a version that we know? */
static int check_schema(const json_t *o, char why[JSON_READ_WHY])
{
	const json_t *schema = json_object_get(o, "schema");

	if (!json_is_integer(schema) || !json_object_get(o, "event") ||
	    !json_object_get(o, "locktrace")) {
		snprintf(why, JSON_READ_WHY, "JSON, but not a report of locktrace");
		return -EMEDIUMTYPE;
	}
	if (json_integer_value(schema) <= SCHEMA_VERSION && json_integer_value(schema) > 0)
		return 0;
	snprintf(why, JSON_READ_WHY, "a report of schema %lld: this locktrace knows up to %d",
		 (long long)json_integer_value(schema), SCHEMA_VERSION);
	return -EPROTONOSUPPORT;
}

/* What is counted at the end for those who asked for less than all: see json.c. */
static bool is_end(const json_t *o)
{
	const char *event = json_string_value(json_object_get(o, "event"));

	return event && !strcmp(event, "end");
}

static int parse(const char *text, size_t size, json_t **ret, char why[JSON_READ_WHY])
{
	json_error_t error;

	*ret = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
	if (*ret)
		return 0;
	if (json_error_code(&error) == json_error_out_of_memory)
		return -ENOMEM;
	snprintf(why, JSON_READ_WHY, "line %d: %.120s", error.line, error.text);
	return -EBADMSG;
}

int json_read(const char *text, size_t size, struct json_read **ret, char why[JSON_READ_WHY])
{
	struct json_read *j = calloc(1, sizeof(*j));
	int err = j ? parse(text, size, &j->whole, why) : -ENOMEM;

	if (!err)
		err = check_schema(j->whole, why);
	if (!err)
		j->end = is_end(j->whole);
	if (!err && !j->end) {
		get_head(j);
		get_session(j);
		get_lost(j);
		get_unseen(j);
		get_doubts(j);
		get_lists(j);
		json_read_life(j);
		err = j->get.err;
		if (err == -EBADMSG)
			snprintf(why, JSON_READ_WHY, "%s", j->get.why);
	}
	if (err) {
		json_read_free(j);
		return err;
	}
	*ret = j;
	return 0;
}

void json_read_free(struct json_read *j)
{
	if (!j)
		return;
	json_decref(j->whole);
	arena_free(&j->arena);
	free(j);
}

const struct report *json_read_report(const struct json_read *j)
{
	return j->end ? NULL : &j->report;
}
