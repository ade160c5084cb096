// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <jansson.h>
#include <time.h>

#include "../../core/words.h"
#include "json_objects.h"
#include "json_parts.h"
#include "../utf8.h"

#define SCHEMA_VERSION 1

static json_t *text_or_null(const char *s)
{
	return s ? utf8_json(s) : json_null();
}

/* JSON's integers end at 2^63 with us, and numbers here are never negative. */
static json_t *number(uint64_t n)
{
	return json_integer(n < INT64_MAX ? (json_int_t)n : INT64_MAX);
}

/* Names of members come from facts too. Without memory the member is missing: see whole(). */
static void add_member(json_t *object, const char *name, json_t *value)
{
	json_t *key = utf8_json(name);

	json_object_set_new(object, json_string_value(key), value);
	json_decref(key);
}

/*
 * An array with all of its items, or NULL: what could not be added for want of
 * memory is missing, and an object without one of its members is not built.
 */
static json_t *whole(json_t *array, size_t n)
{
	if (json_array_size(array) == n)
		return array;
	json_decref(array);
	return NULL;
}

json_t *json_moment(uint64_t wall_ns)
{
	time_t seconds = (time_t)(wall_ns / 1000000000);
	struct tm tm;
	char date[32], whole[48];

	if (wall_ns == 0 || !gmtime_r(&seconds, &tm))
		return json_null();
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(whole, sizeof(whole), "%s.%03uZ", date, (unsigned int)(wall_ns / 1000000 % 1000));
	return json_string(whole);
}

static json_t *name_of(char letter, size_t index)
{
	return index == REPORT_NONE ? json_null() : json_sprintf("%c%zu", letter, index + 1);
}

static json_t *json_wait(const struct report_thread *t)
{
	if (t->resource == REPORT_NONE)
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:s, s:o, s:b, s:o*}", "resource",
			 name_of('r', t->resource), "verb", text_or_null(t->wait.verb), "since",
			 json_moment(t->wait.since_wall_ns), "since_quality",
			 word_since(t->wait.quality), "waited_ns", number(t->waited_ns), "before",
			 t->wait.before, "tries",
			 t->wait.tries ? json_integer(t->wait.tries) : NULL);
}

json_t *json_thread(const struct report_thread *t, size_t index)
{
	const struct fact_thread *f = &t->fact;
	char state[2] = {f->state ? f->state : '?', '\0'};

	return json_pack(
		"{s:o, s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:s, s:s, s:o, s:o, s:o, s:o}",
		"id", name_of('t', index), "pid", f->ref.pid, "tid",
		f->ref.tid ? json_integer(f->ref.tid) : json_null(), "start",
		json_sprintf("%" PRIu64, f->ref.start == START_OTHER ? 0 : f->ref.start), "comm",
		text_or_null(f->comm), "process", text_or_null(t->process), "exe",
		text_or_null(t->exe), "ns_pid", t->ns_pid ? json_integer(t->ns_pid) : json_null(),
		"cgroup", text_or_null(t->cgroup), "unit", text_or_null(t->unit), "role",
		word_role(t->role), "state", state, "activity",
		word_activity(f->activity ? f->activity : ACT_UNKNOWN), "doing",
		text_or_null(f->doing), "ran", json_moment(f->ran_wall_ns), "waits", json_wait(t),
		"stack", name_of('s', t->stack));
}

static json_t *json_taken(const struct fact_hold *f)
{
	if (!f->taken_module)
		return json_null();
	return json_pack("{s:o, s:o, s:o}", "module", text_or_null(f->taken_module), "build_id",
			 text_or_null(f->taken_build_id), "offset", number(f->taken_offset));
}

static json_t *json_holder(const struct report_holder *h)
{
	const struct fact_hold *f = &h->fact;

	return json_pack("{s:o, s:o, s:o, s:s, s:o, s:b, s:b, s:o, s:o, s:o}", "thread",
			 name_of('t', h->thread), "pid",
			 f->ref.pid ? json_integer(f->ref.pid) : json_null(), "tid",
			 f->ref.tid ? json_integer(f->ref.tid) : json_null(), "evidence",
			 word_evidence(f->evidence), "why", text_or_null(f->why), "gone", f->gone,
			 "copied", f->copied, "taken", json_moment(f->taken_wall_ns), "taken_at",
			 text_or_null(f->taken_at), "taken_frame", json_taken(f));
}

json_t *json_resource(const struct report_resource *r, size_t index)
{
	json_t *state = json_object(), *holders = json_array();

	for (size_t i = 0; i < r->fact.n_state; i++)
		add_member(state, r->fact.state[i].name, json_integer(r->fact.state[i].value));
	for (size_t i = 0; i < r->n_holders; i++)
		json_array_append_new(holders, json_holder(&r->holders[i]));
	return json_pack("{s:o, s:o, s:s, s:o, s:o, s:o, s:o}", "id", name_of('r', index), "kind",
			 text_or_null(r->fact.kind), "class", word_class(r->fact.class), "name",
			 text_or_null(r->fact.name), "detail", text_or_null(r->fact.detail),
			 "state", state, "holders", whole(holders, r->n_holders));
}

json_t *json_frame(const struct fact_frame *f)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:b, s:o}", "module",
			 text_or_null(f->module), "build_id", text_or_null(f->build_id), "offset",
			 number(f->offset), "symbol", text_or_null(f->symbol), "symbol_offset",
			 number(f->symbol_offset), "file", text_or_null(f->file), "line",
			 f->line ? json_integer(f->line) : json_null(), "guessed", f->guessed,
			 "inlined", f->inlined, "how",
			 text_or_null(f->how ? word_frame_how(f->how) : NULL));
}

json_t *json_stack(const struct report_stack *s, size_t index)
{
	json_t *frames = json_array();

	for (size_t i = 0; i < s->n_frames; i++)
		json_array_append_new(frames, json_frame(&s->frames[i]));
	return json_pack("{s:o, s:b, s:o, s:o}", "id", name_of('s', index), "complete", s->complete,
			 "note", text_or_null(s->note), "frames", whole(frames, s->n_frames));
}

static json_t *json_first(const struct report_life *life)
{
	if (life->first == REPORT_NONE)
		return json_null();
	return json_pack("{s:o, s:s, s:o}", "thread", name_of('t', life->first), "evidence",
			 word_evidence(life->first_evidence), "how", text_or_null(life->first_how));
}

static json_t *json_life(const struct report_life *life)
{
	const char *ending = word_ending(life->ending);
	json_t *o = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "change",
			      text_or_null(word_change(life->change)), "more", number(life->more),
			      "times", number(life->times), "into",
			      text_or_null(life->into[0] ? life->into : NULL), "split_from",
			      text_or_null(life->split_from[0] ? life->split_from : NULL), "first",
			      json_first(life), "suppressed", number(life->suppressed),
			      "suppressed_ns", number(life->suppressed_ns));

	if (!ending || json_object_set_new(o, "ending", json_string(ending)) == 0)
		return o;
	json_decref(o);
	return NULL;
}

static json_t *json_host(const struct fact_session *s)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:i}", "name", text_or_null(s->host),
			 "machine_id", text_or_null(s->machine_id), "boot_id",
			 text_or_null(s->boot_id), "kernel", text_or_null(s->kernel), "arch",
			 text_or_null(s->arch), "utc_offset_s", s->utc_offset_s);
}

json_t *json_head(const struct report *r)
{
	const struct fact_session *s = r->session;
	json_t *lost = json_object(), *doubts = json_array();

	for (size_t i = 0; i < r->n_lost; i++)
		add_member(lost, r->lost[i].reason, number(r->lost[i].count));
	for (size_t i = 0; i < r->n_doubts; i++)
		json_array_append_new(doubts, utf8_json(r->doubts[i]));
	return json_pack(
		"{s:i, s:o, s:s, s:s, s:s, s:b, s:s, s:s, s:s, s:s, s:o, s:o, s:s, s:o, s:o, s:s, s:o, s:b, s:o,"
		" s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
		"schema", SCHEMA_VERSION, "locktrace", text_or_null(s->version), "event",
		word_event(r->event), "id", r->id, "signature", r->signature, "signature_partial",
		r->signature_partial, "rule", r->rule, "title", r->title, "certainty",
		word_certainty(r->certainty), "severity", word_severity(r->severity), "heading",
		text_or_null(r->heading), "summary", text_or_null(r->summary), "advice",
		r->advice ? r->advice : "", "at", json_moment(r->wall_ns), "since",
		json_moment(r->since_wall_ns), "since_quality",
		word_since(r->since_quality ? r->since_quality : SINCE_UNKNOWN), "waited_ns",
		number(r->lasted_ns), "already_stuck", r->already_stuck, "stuck",
		number(r->n_stuck), "via", text_or_null(s->via), "hooks", text_or_null(s->hooks),
		"target", text_or_null(s->target), "threshold_ns", number(s->threshold_ns), "host",
		json_host(s), "lost", lost, "doubts", whole(doubts, r->n_doubts), "life",
		json_life(&r->life));
}

json_t *json_unseen(const struct report *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->n_unseen; i++)
		json_array_append_new(list, json_pack("{s:o, s:o, s:o}", "hook",
						      utf8_json(r->unseen[i].hook), "what",
						      utf8_json(r->unseen[i].what), "since",
						      json_moment(r->unseen[i].since_wall_ns)));
	return whole(list, r->n_unseen);
}

json_t *json_end(const struct report_end *end)
{
	json_t *silenced = json_array();
	size_t stalls = 0;

	for (size_t i = 0; i < end->n_silenced; i++) {
		const struct report_silenced *s = &end->silenced[i];

		stalls += s->stalls;
		json_array_append_new(silenced, json_pack("{s:s, s:o, s:o}", "by",
							  s->filter ? "ignore" : "only", "filter",
							  text_or_null(s->filter), "stalls",
							  number(s->stalls)));
	}
	return json_pack("{s:i, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "schema",
			 SCHEMA_VERSION, "locktrace", text_or_null(end->session->version), "event",
			 "end", "at", json_moment(end->wall_ns), "why", text_or_null(end->why),
			 "opened", number(end->opened), "contended", number(end->contended),
			 "still_open", number(end->still_open), "silenced", number(stalls),
			 "silenced_by", whole(silenced, end->n_silenced));
}
