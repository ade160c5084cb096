// SPDX-License-Identifier: GPL-2.0
/* What is sent to a collector and to the journal, and what a collector's answers come to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "forward/gzip.h"
#include "forward/journal_entry.h"
#include "forward/otlp_json.h"

#define S 1000000000ULL

static struct report_thread thread = {
	.fact = {.ref = {.pid = 288, .tid = 290}, .comm = "worker"},
	.process = "snmpd",
	.unit = "snmpd.service",
};

static struct fact_session session = {
	.version = "9.9", .host = "edge-1", .kernel = "6.1", .arch = "x86_64"};

static struct report report = {
	.session = &session,
	.event = EVENT_OPENED,
	.id = "habc",
	.signature = "0123456789abcdef",
	.rule = "deadlock",
	.title = "deadlock",
	.certainty = CERTAINTY_CERTAIN,
	.severity = SEVERITY_STALL,
	.summary = "a waits for b.",
	.advice = "Restart it.",
	.wall_ns = 1795249326627000000ULL,
	.lasted_ns = 3 * S,
	.n_stuck = 2,
	.threads = &thread,
	.n_threads = 1,
};

static struct item item_of(const struct report *r, const char *json)
{
	return (struct item){.report = r, .json = json, .size = strlen(json), .uid = "habc-1"};
}

static json_t *request(const struct item *items, size_t n)
{
	size_t size;
	char *text = otlp_json_request(items, n, 7 * S, &size);
	json_t *o;

	assert_non_null(text);
	assert_int_equal(size, strlen(text));
	o = json_loads(text, 0, NULL);
	assert_non_null(o);
	free(text);
	return o;
}

/* The value of an attribute, as its text. */
static const char *attribute(const json_t *list, const char *key)
{
	size_t i;
	json_t *one;

	json_array_foreach(list, i, one)
	{
		const json_t *value = json_object_get(one, "value");

		if (strcmp(json_string_value(json_object_get(one, "key")), key) == 0)
			return json_string_value(
				json_object_iter_value(json_object_iter((json_t *)value)));
	}
	return NULL;
}

static const json_t *record(const json_t *all, size_t resource, size_t i)
{
	const json_t *scopes = json_object_get(
		json_array_get(json_object_get(all, "resourceLogs"), resource), "scopeLogs");

	return json_array_get(json_object_get(json_array_get(scopes, 0), "logRecords"), i);
}

static void a_report_is_a_log_record(void **state)
{
	const struct item it = item_of(&report, "{\"id\":\"habc\"}");
	json_t *all = request(&it, 1);
	const json_t *r = record(all, 0, 0), *a = json_object_get(r, "attributes");

	(void)state;
	assert_string_equal(json_string_value(json_object_get(r, "timeUnixNano")),
			    "1795249326627000000");
	assert_string_equal(json_string_value(json_object_get(r, "observedTimeUnixNano")),
			    "7000000000");
	assert_int_equal(json_integer_value(json_object_get(r, "severityNumber")), 17);
	assert_string_equal(attribute(a, "locktrace.rule"), "deadlock");
	assert_string_equal(attribute(a, "process.pid"), "288");
	assert_string_equal(attribute(a, "locktrace.unit"), "snmpd.service");
	assert_string_equal(attribute(a, "log.record.uid"), "habc-1");
	assert_string_equal(attribute(a, "locktrace.waited_us"), "3000000");
	assert_string_equal(attribute(a, "locktrace.report"), "{\"id\":\"habc\"}");
	assert_null(attribute(a, "process.linux.cgroup"));
	json_decref(all);
}

/* Reports that came from elsewhere lie in the same spool. */
static void each_machine_is_a_resource(void **state)
{
	struct fact_session other = session;
	struct report elsewhere = report;
	struct item items[3] = {item_of(&report, "{}"), item_of(&report, "{}"),
				item_of(&elsewhere, "{}")};
	json_t *all;

	(void)state;
	other.host = NULL;
	elsewhere.session = &other;
	elsewhere.n_threads = 0;
	elsewhere.event = EVENT_RESOLVED;
	all = request(items, 3);
	assert_int_equal(json_array_size(json_object_get(all, "resourceLogs")), 2);
	assert_non_null(record(all, 0, 1));
	assert_int_equal(json_integer_value(json_object_get(record(all, 1, 0), "severityNumber")),
			 10);
	json_decref(all);
}

/* A name may be any bytes, and a summary of any length may be cut anywhere in it. */
static void names_are_from_strangers(void **state)
{
	char summary[4001];
	struct report r = report;

	(void)state;
	r.summary = summary;
	for (size_t cut = 0; cut < 4; cut++) {
		struct item it = item_of(&r, "{}");
		struct journal_entry e;
		json_t *all;

		memset(summary, 'x', cut);
		for (size_t i = cut; i + 2 < sizeof(summary); i += 2)
			summary[i] = '\xc3', summary[i + 1] = '\xa9', summary[i + 2] = '\0';
		summary[20] = '\n', summary[21] = '\x1b', summary[22] = '\xff';
		all = request(&it, 1);
		assert_non_null(record(all, 0, 0));
		json_decref(all);
		assert_int_equal(journal_entry_of(&it, &e), 0);
		assert_null(memchr(e.parts[0].iov_base, '\n', e.parts[0].iov_len));
		journal_entry_free(&e);
	}
}

static void check(long status, const char *body, size_t n, enum answer_what what, size_t rejected)
{
	struct answer a = {.what = ANSWER_LATER};
	const struct otlp_response r = {
		.status = status, .body = body, .size = strlen(body), .retry_after_ns = 5 * S};

	otlp_json_response(&r, n, &a);
	if (a.what != what || a.rejected != rejected)
		fail_msg("%ld %s: %d, %zu rejected", status, body, (int)a.what, a.rejected);
	assert_int_equal(a.after_ns, what == ANSWER_LATER ? 5 * S : 0);
	assert_true(a.what == ANSWER_TAKEN || strlen(a.why) > 0);
	assert_int_equal(a.of_these, status == 500 || status == 599);
}

static void answers_are_understood(void **state)
{
	static const long later[] = {429, 408, 500, 502, 503, 504, 599, 401, 403, 404, 407, 302, 0};
	static const long never[] = {400, 413, 415, 422, 451};

	(void)state;
	check(200, "{}", 3, ANSWER_TAKEN, 0);
	check(202, "", 3, ANSWER_TAKEN, 0);
	check(200, "<html>welcome</html>", 3, ANSWER_TAKEN, 0);
	check(200, "{\"partialSuccess\":{}}", 3, ANSWER_TAKEN, 0);
	check(200, "{\"partialSuccess\":null}", 3, ANSWER_TAKEN, 0);
	check(200, "{\"partialSuccess\":{\"rejectedLogRecords\":\"2\"}}", 3, ANSWER_TAKEN, 2);
	check(200, "{\"partialSuccess\":{\"rejectedLogRecords\":2}}", 3, ANSWER_TAKEN, 2);
	check(200, "{\"partialSuccess\":{\"rejectedLogRecords\":\"99\"}}", 3, ANSWER_TAKEN, 3);
	check(200, "{\"partialSuccess\":{\"rejectedLogRecords\":\"-1\"}}", 3, ANSWER_TAKEN, 0);
	for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++)
		check(later[i], "{\"message\":\"no\\nno\"}", 3, ANSWER_LATER, 0);
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		check(never[i], "[1,", 3, ANSWER_REFUSED, 0);
}

static void of_nothing_gzip_makes_something(void **state)
{
	size_t size;
	char *packed = gzip_pack("", 0, &size);

	(void)state;
	assert_non_null(packed);
	assert_memory_equal(packed, "\x1f\x8b", 2);
	free(packed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_report_is_a_log_record),
		cmocka_unit_test(each_machine_is_a_resource),
		cmocka_unit_test(names_are_from_strangers),
		cmocka_unit_test(answers_are_understood),
		cmocka_unit_test(of_nothing_gzip_makes_something),
	};

	return cmocka_run_group_tests_name("otlp", tests, NULL, NULL);
}
