// SPDX-License-Identifier: GPL-2.0
#include "otlp_json.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "../report/utf8.h"
#include "entry_fields.h"

/* 64 bit numbers are texts in protobuf's JSON. */
static json_t *number_text(uint64_t n)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, n);
	return json_string(text);
}

static json_t *text_value(const char *text)
{
	return json_pack("{s:o}", "stringValue", utf8_json(text));
}

static int add(json_t *list, const char *key, json_t *value)
{
	return json_array_append_new(list, json_pack("{s:s, s:o}", "key", key, "value", value));
}

static int add_text(json_t *list, const char *key, const char *text)
{
	return text && *text ? add(list, key, text_value(text)) : 0;
}

static json_t *attributes(const struct entry_fields *f)
{
	json_t *list = json_array();

	for (size_t i = 0; i < f->n; i++) {
		const struct entry_field *one = &f->list[i];

		if (one->text)
			add(list, one->otlp, text_value(one->text));
		else
			add(list, one->otlp,
			    json_pack("{s:o}", "intValue", number_text(one->number)));
	}
	return list;
}

/* OpenTelemetry's numbers for severities. */
static int severity(int priority, const char **ret_text)
{
	*ret_text = priority <= LOG_ERR ? "ERROR" : priority == LOG_WARNING ? "WARN" : "INFO2";
	return priority <= LOG_ERR ? 17 : priority == LOG_WARNING ? 13 : 10;
}

static json_t *record(const struct item *it, uint64_t now_ns)
{
	const char *severity_text;
	struct entry_fields f;
	int number;

	entry_fields_of(it, &f);
	number = severity(f.priority, &severity_text);
	return json_pack("{s:o, s:o, s:i, s:s, s:s, s:o, s:o}", "timeUnixNano",
			 number_text(it->report->wall_ns), "observedTimeUnixNano",
			 number_text(now_ns), "severityNumber", number, "severityText",
			 severity_text, "eventName", "locktrace.report", "body",
			 text_value(f.message), "attributes", attributes(&f));
}

/* As OpenTelemetry calls processors. */
static const char *arch_of(const char *machine)
{
	static const char *const names[][2] = {
		{"x86_64", "amd64"}, {"aarch64", "arm64"}, {"armv7l", "arm32"}, {"armv6l", "arm32"},
		{"i686", "x86"},     {"ppc64le", "ppc64"}, {"s390x", "s390x"}};

	for (size_t i = 0; machine && i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(machine, names[i][0]) == 0)
			return names[i][1];
	}
	return machine;
}

static bool is_same(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") == 0;
}

/* Is what a resource says of the machine the same? */
static bool is_same_resource(const struct fact_session *a, const struct fact_session *b)
{
	return is_same(a->host, b->host) && is_same(a->machine_id, b->machine_id) &&
	       is_same(a->kernel, b->kernel) && is_same(a->arch, b->arch);
}

static json_t *resource(const struct fact_session *s)
{
	json_t *list = json_array();

	add_text(list, "service.name", "locktrace");
	add_text(list, "service.version", LOCKTRACE_VERSION);
	add_text(list, "host.name", s->host);
	add_text(list, "host.id", s->machine_id);
	add_text(list, "host.arch", arch_of(s->arch));
	add_text(list, "os.type", "linux");
	add_text(list, "os.version", s->kernel);
	return json_pack("{s:o}", "attributes", list);
}

/* From item *i on, as long as they are of the same machine. */
static json_t *resource_logs(const struct item *items, size_t n, uint64_t now_ns, size_t *i)
{
	const struct fact_session *s = items[*i].report->session;
	json_t *records = json_array();

	for (; *i < n && is_same_resource(items[*i].report->session, s); (*i)++)
		json_array_append_new(records, record(&items[*i], now_ns));
	return json_pack("{s:o, s:[{s:{s:s, s:s}, s:o}]}", "resource", resource(s), "scopeLogs",
			 "scope", "name", "locktrace", "version", LOCKTRACE_VERSION, "logRecords",
			 records);
}

/* Did everything get in? Of what could not be made, there is less than there should be. */
static bool is_whole(const json_t *all, size_t n)
{
	size_t found = 0, i;
	json_t *one;

	json_array_foreach(json_object_get(all, "resourceLogs"), i, one)
	{
		const json_t *scope = json_array_get(json_object_get(one, "scopeLogs"), 0);

		found += json_array_size(json_object_get(scope, "logRecords"));
	}
	return found == n;
}

char *otlp_json_request(const struct item *items, size_t n, uint64_t now_ns, size_t *ret_size)
{
	json_t *list = json_array(), *all = json_pack("{s:o}", "resourceLogs", list);
	char *text = NULL;
	size_t i = 0;

	while (i < n)
		json_array_append_new(list, resource_logs(items, n, now_ns, &i));
	if (all && is_whole(all, n))
		text = json_dumps(all, JSON_COMPACT);
	json_decref(all);
	*ret_size = text ? strlen(text) : 0;
	return text;
}
