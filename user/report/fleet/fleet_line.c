// SPDX-License-Identifier: GPL-2.0
/*
 * What is needed of one report. Of each, the members of the top level, checked
 * for what is relied on; of the first of a signature everything is checked.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../core/signature.h"
#include "../../core/words.h"
#include "fleet_private.h"
#include "../json/json_read.h"

#define SCHEMA_VERSION 1

/* No clock of a device that was set is before locktrace. */
#define CLOCK_UNSET "2020"

const struct json_member fleet_members[] = {
	[M_SCHEMA] = {.name = "schema"},
	[M_LOCKTRACE] = {.name = "locktrace"},
	[M_EVENT] = {.name = "event"},
	[M_ID] = {.name = "id"},
	[M_SIGNATURE] = {.name = "signature"},
	[M_PARTIAL] = {.name = "signature_partial"},
	[M_RULE] = {.name = "rule"},
	[M_TITLE] = {.name = "title"},
	[M_CERTAINTY] = {.name = "certainty"},
	[M_SUMMARY] = {.name = "summary"},
	[M_AT] = {.name = "at"},
	[M_SINCE] = {.name = "since"},
	[M_WAITED] = {.name = "waited_ns"},
	[M_HOST] = {.name = "name", .in = "host"},
	[M_SUPPRESSED] = {.name = "suppressed", .in = "life"},
	[M_MACHINE] = {.name = "machine_id", .in = "host"},
	[M_JOURNAL_TIME] = {.name = "__REALTIME_TIMESTAMP"},
	[M_JOURNAL_REPORT] = {.name = "LOCKTRACE_REPORT"},
	[M_JOURNAL_MESSAGE] = {.name = "MESSAGE"},
};

static int fault(char why[160], const char *member, const char *what)
{
	snprintf(why, 160, "\"%s\" %s", member, what);
	return -EBADMSG;
}

/* A word of the kind that ids and rules are. */
static int get_name(const struct json_member *m, char *buf, size_t size, char why[160])
{
	static const char known[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-";

	if (m->size < size && json_member_text(m, buf, size) && *buf && !buf[strspn(buf, known)])
		return 0;
	return fault(why, m->name, m->type ? "is not a name" : "is missing");
}

static bool is_moment(const char *s)
{
	static const char shape[] = "0000-00-00T00:00:00.000Z";
	size_t i;

	for (i = 0; shape[i]; i++) {
		if (shape[i] == '0' ? s[i] < '0' || s[i] > '9' : s[i] != shape[i])
			return false;
	}
	return !s[i];
}

static int get_moment(const struct json_member *m, char ret[FLEET_MOMENT], char why[160])
{
	char text[FLEET_MOMENT + 1];

	ret[0] = '\0';
	if (m->type == JSON_SCAN_OTHER && m->size == 4 && !memcmp(m->at, "null", 4))
		return 0;
	if (!json_member_text(m, text, sizeof(text)) || !is_moment(text))
		return fault(why, m->name, m->type ? "is not a time" : "is missing");
	if (strcmp(text, CLOCK_UNSET) > 0)
		memcpy(ret, text, FLEET_MOMENT);
	return 0;
}

static int check_schema(const struct json_member *m, char why[160])
{
	uint64_t schema;

	if (!json_member_number(&m[M_SCHEMA], INT64_MAX, &schema) || schema == 0 ||
	    !m[M_EVENT].type || !m[M_LOCKTRACE].type) {
		snprintf(why, 160, "JSON, but not a report of locktrace");
		return -EBADMSG;
	}
	if (schema <= SCHEMA_VERSION)
		return 0;
	snprintf(why, 160, "a report of schema %llu: this locktrace knows up to %d",
		 (unsigned long long)schema, SCHEMA_VERSION);
	return -EBADMSG;
}

static int get_words(const struct json_member *m, struct fleet_line *l, char why[160])
{
	char certainty[16];
	int err = 0;

	if (!err)
		err = get_name(&m[M_ID], l->id, sizeof(l->id), why);
	if (!err)
		err = get_name(&m[M_SIGNATURE], l->signature, sizeof(l->signature), why);
	if (!err)
		err = get_name(&m[M_RULE], l->rule, sizeof(l->rule), why);
	if (!err)
		err = get_name(&m[M_CERTAINTY], certainty, sizeof(certainty), why);
	if (err)
		return err;
	l->certainty = certainty_from_word(certainty);
	if ((int)l->certainty <= 0)
		return fault(why, "certainty", "is no word that is known");
	if ((int)event_from_word(l->event) <= 0)
		return fault(why, "event", "is no word that is known");
	if (!json_member_text(&m[M_TITLE], l->title, sizeof(l->title)))
		return fault(why, "title", "is not a string");
	if (!json_member_text(&m[M_SUMMARY], l->summary, sizeof(l->summary)))
		return fault(why, "summary", "is not a string");
	return 0;
}

/* What is written beside reports: by a watch at its end, by an export. */
static bool is_beside(const char *event)
{
	static const char *const events[] = {"end", "bundle", "contents", "ack"};

	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		if (!strcmp(event, events[i]))
			return true;
	}
	return false;
}

int fleet_line_read(const struct json_member *m, struct fleet_line *l, char why[160])
{
	int err = check_schema(m, why);

	if (!err)
		err = get_name(&m[M_EVENT], l->event, sizeof(l->event), why);
	if (err)
		return err;
	if (is_beside(l->event))
		return 0;
	err = get_words(m, l, why);
	if (!err)
		err = get_moment(&m[M_AT], l->at, why);
	if (!err)
		err = get_moment(&m[M_SINCE], l->since, why);
	if (err)
		return err;
	if (!json_member_number(&m[M_WAITED], INT64_MAX, &l->waited_ns))
		return fault(why, "waited_ns", "is not a number of nanoseconds");
	l->partial = m[M_PARTIAL].size == 4 && !memcmp(m[M_PARTIAL].at, "true", 4);
	l->suppressed = 0;
	json_member_number(&m[M_SUPPRESSED], UINT32_MAX, &l->suppressed);
	json_member_text(&m[M_LOCKTRACE], l->version, sizeof(l->version));
	json_member_text(&m[M_HOST], l->host, sizeof(l->host));
	/* names may be the same on two devices, or change; those of older versions have no id */
	if (!json_member_text(&m[M_MACHINE], l->device, sizeof(l->device)) || !*l->device)
		memcpy(l->device, l->host, sizeof(l->device));
	return 1;
}

/* The place that decides is in its own code, not in the C library that it waits in. */
static void find_module(const struct report *r, const struct report_thread *t,
			struct fleet_program *ret)
{
	const struct report_stack *stack = t->stack == REPORT_NONE ? NULL : &r->stacks[t->stack];

	for (size_t i = 0; stack && i < stack->n_frames; i++) {
		const struct fact_frame *f = &stack->frames[i];

		if (f->guessed || !f->build_id || !f->module || signature_is_runtime(f->module))
			continue;
		snprintf(ret->module, sizeof(ret->module), "%s", f->module);
		snprintf(ret->build_id, sizeof(ret->build_id), "%s", f->build_id);
		return;
	}
}

int fleet_program_read(const char *text, size_t size, struct fleet_program *ret, char why[160])
{
	const struct report *r;
	struct json_read *j;
	int err = json_read(text, size, &j, why);

	if (err)
		return err;
	r = json_read_report(j);
	*ret = (struct fleet_program){0};
	if (r) {
		const struct report_thread *t = &r->threads[0];
		const char *name = t->process ? t->process : t->fact.comm;

		snprintf(ret->process, sizeof(ret->process), "%s", name ? name : "");
		find_module(r, t, ret);
	}
	json_read_free(j);
	return 0;
}
