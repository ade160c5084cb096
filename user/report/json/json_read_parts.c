// SPDX-License-Identifier: GPL-2.0
/* Threads, resources and stacks of a report, as json.c has written them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../core/words.h"
#include "json_read_private.h"

/* The words are typed by their enums; json_get_word() wants one type. */
static int int_class(const char *word)
{
	return (int)class_from_word(word);
}

static int int_evidence(const char *word)
{
	return (int)evidence_from_word(word);
}

static int int_activity(const char *word)
{
	return (int)activity_from_word(word);
}

static int int_role(const char *word)
{
	return (int)role_from_word(word);
}

int json_since(const char *word)
{
	return (int)since_from_word(word);
}

/* An array for the members of a list, or NULL; *ret_n is 0 then. */
void *json_read_array(struct json_read *j, const json_t *list, size_t size, size_t *ret_n)
{
	void *array = list && !j->get.err ? arena_array(&j->arena, json_array_size(list), size)
					  : NULL;

	if (!array && !j->get.err)
		j->get.err = -ENOMEM;
	*ret_n = array ? json_array_size(list) : 0;
	return array;
}

static int32_t get_id(struct json_get *g, const json_t *o, const char *name, enum json_need need)
{
	return (int32_t)json_get_number(g, o, name, INT32_MAX, need);
}

static void get_wait(struct json_get *g, const json_t *o, size_t n_resources,
		     struct report_thread *t)
{
	const json_t *w = json_get_object(g, o, "waits", JSON_MAY_BE_NULL);

	t->resource = REPORT_NONE;
	if (!w)
		return;
	t->resource = json_get_index(g, w, "resource", 'r', n_resources, JSON_NEEDED);
	t->wait = (struct fact_wait){
		.verb = json_get_text(g, w, "verb", JSON_NEEDED),
		.since_wall_ns = json_get_moment(g, w, "since"),
		.quality = (enum since_quality)json_get_word(g, w, "since_quality", json_since),
		.before = json_get_bool(g, w, "before"),
		.tries = (uint32_t)json_get_number(g, w, "tries", UINT32_MAX, JSON_LATER),
	};
	t->waited_ns = json_get_number(g, w, "waited_ns", INT64_MAX, JSON_NEEDED);
}

static char get_state(struct json_get *g, const json_t *o)
{
	const char *s = json_get_text(g, o, "state", JSON_NEEDED);

	if (!s || (*s > ' ' && *s < 0x7f && !s[1]))
		return s ? *s : '?';
	json_get_fault(g, "state", "is not one letter");
	return '?';
}

static uint64_t get_start(struct json_get *g, const json_t *o)
{
	const char *s = json_get_text(g, o, "start", JSON_NEEDED);

	if (!s || (*s && !s[strspn(s, "0123456789")] && strlen(s) <= 19))
		return s ? strtoull(s, NULL, 10) : 0;
	json_get_fault(g, "start", "is not a number in a string");
	return 0;
}

void json_read_thread(struct json_read *j, const json_t *o, struct report_thread *t)
{
	const struct report *r = &j->report;
	struct json_get *g = &j->get;
	struct fact_thread *f = &t->fact;

	f->ref.pid = get_id(g, o, "pid", JSON_NEEDED);
	f->ref.tid = get_id(g, o, "tid", JSON_MAY_BE_NULL);
	f->ref.start = get_start(g, o);
	f->comm = json_get_text(g, o, "comm", JSON_MAY_BE_NULL);
	f->state = get_state(g, o);
	f->activity = (enum activity)json_get_word(g, o, "activity", int_activity);
	f->doing = json_get_text(g, o, "doing", JSON_MAY_BE_NULL);
	f->syscall = -1;
	f->ran_wall_ns = json_get_moment(g, o, "ran");
	t->process = json_get_text(g, o, "process", JSON_MAY_BE_NULL);
	t->exe = json_get_text(g, o, "exe", JSON_LATER);
	t->ns_pid = get_id(g, o, "ns_pid", JSON_LATER);
	t->cgroup = json_get_text(g, o, "cgroup", JSON_LATER);
	t->unit = json_get_text(g, o, "unit", JSON_LATER);
	t->role = (enum role)json_get_word(g, o, "role", int_role);
	t->stack = json_get_index(g, o, "stack", 's', r->n_stacks, JSON_MAY_BE_NULL);
	get_wait(g, o, r->n_resources, t);
	t->wait.ref = f->ref;
}

static void get_holder(struct json_get *g, const json_t *o, const struct report *r,
		       struct report_holder *h)
{
	const json_t *place;

	h->thread = json_get_index(g, o, "thread", 't', r->n_threads, JSON_MAY_BE_NULL);
	h->fact = (struct fact_hold){
		.ref.pid = get_id(g, o, "pid", JSON_MAY_BE_NULL),
		.ref.tid = get_id(g, o, "tid", JSON_MAY_BE_NULL),
		.evidence = (enum evidence)json_get_word(g, o, "evidence", int_evidence),
		.why = json_get_text(g, o, "why", JSON_MAY_BE_NULL),
		.gone = json_get_bool(g, o, "gone"),
		.copied = json_get_later_bool(g, o, "copied"),
		.taken_wall_ns = json_get_moment(g, o, "taken"),
		.taken_at = json_get_text(g, o, "taken_at", JSON_MAY_BE_NULL),
	};
	place = json_get_object(g, o, "taken_frame", JSON_LATER);
	if (!place)
		return;
	h->fact.taken_module = json_get_text(g, place, "module", JSON_NEEDED);
	h->fact.taken_build_id = json_get_text(g, place, "build_id", JSON_MAY_BE_NULL);
	h->fact.taken_offset = json_get_number(g, place, "offset", INT64_MAX, JSON_NEEDED);
}

static void get_numbers(struct json_read *j, const json_t *state, struct fact_resource *f)
{
	struct fact_number *numbers =
		state ? arena_array(&j->arena, json_object_size(state), sizeof(*numbers)) : NULL;
	const char *name;
	json_t *v;

	if (state && !numbers)
		j->get.err = -ENOMEM;
	f->state = numbers;
	if (!numbers || j->get.err)
		return;
	json_object_foreach((json_t *)state, name, v)
	{
		if (!json_is_integer(v))
			json_get_fault(&j->get, "state", "holds what is not a number");
		numbers[f->n_state++] = (struct fact_number){name, json_integer_value(v)};
	}
}

void json_read_resource(struct json_read *j, const json_t *o, struct report_resource *res)
{
	struct json_get *g = &j->get;
	struct report_holder *holders;
	const json_t *list;

	res->fact.kind = json_get_text(g, o, "kind", JSON_NEEDED);
	res->fact.key = res->fact.kind;
	res->fact.class = (enum wait_class)json_get_word(g, o, "class", int_class);
	res->fact.name = json_get_text(g, o, "name", JSON_MAY_BE_NULL);
	res->fact.detail = json_get_text(g, o, "detail", JSON_MAY_BE_NULL);
	get_numbers(j, json_get_object(g, o, "state", JSON_NEEDED), &res->fact);
	list = json_get_list(g, o, "holders");
	holders = json_read_array(j, list, sizeof(*holders), &res->n_holders);
	for (size_t i = 0; i < res->n_holders; i++)
		get_holder(g, json_array_get(list, i), &j->report, &holders[i]);
	res->holders = holders;
}

static enum frame_how get_how(struct json_get *g, const json_t *o)
{
	const char *word = json_get_text(g, o, "how", JSON_LATER);

	return word ? frame_how_from_word(word) : 0;
}

void json_get_frame(struct json_get *g, const json_t *o, struct fact_frame *f)
{
	*f = (struct fact_frame){
		.module = json_get_text(g, o, "module", JSON_MAY_BE_NULL),
		.build_id = json_get_text(g, o, "build_id", JSON_MAY_BE_NULL),
		.offset = json_get_number(g, o, "offset", INT64_MAX, JSON_NEEDED),
		.symbol = json_get_text(g, o, "symbol", JSON_MAY_BE_NULL),
		.symbol_offset = json_get_number(g, o, "symbol_offset", INT64_MAX, JSON_NEEDED),
		.file = json_get_text(g, o, "file", JSON_MAY_BE_NULL),
		.line = (uint32_t)json_get_number(g, o, "line", UINT32_MAX, JSON_MAY_BE_NULL),
		.guessed = json_get_bool(g, o, "guessed"),
		.inlined = json_get_later_bool(g, o, "inlined"),
		.how = get_how(g, o),
	};
}

void json_read_stack(struct json_read *j, const json_t *o, struct report_stack *s)
{
	const json_t *list = json_get_list(&j->get, o, "frames");
	struct fact_frame *frames = json_read_array(j, list, sizeof(*frames), &s->n_frames);

	s->complete = json_get_bool(&j->get, o, "complete");
	s->note = json_get_text(&j->get, o, "note", JSON_MAY_BE_NULL);
	for (size_t i = 0; i < s->n_frames; i++)
		json_get_frame(&j->get, json_array_get(list, i), &frames[i]);
	s->frames = frames;
}
