// SPDX-License-Identifier: GPL-2.0
/*
 * Reports of a fleet by signature: who is counted once, what is said of what
 * cannot be counted, and that no line of a stranger's device harms the view.
 */
#include <errno.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include <string.h>

#include "report/fleet/fleet.h"

/* One line of a report; what is NULL is as in tests/golden/abba.json. */
struct line {
	const char *host, *id, *signature, *event, *at, *since, *version, *summary, *machine;
	int suppressed;
};

static void set(json_t *o, const char *name, const char *value)
{
	if (value)
		json_object_set_new(o, name, *value ? json_string(value) : json_null());
}

static void put_line(FILE *out, const struct line *l)
{
	json_t *o = json_load_file("tests/golden/abba.json", 0, NULL);

	assert_non_null(o);
	set(json_object_get(o, "host"), "name", l->host);
	set(json_object_get(o, "host"), "machine_id", l->machine);
	set(o, "id", l->id);
	set(o, "signature", l->signature);
	set(o, "event", l->event);
	set(o, "at", l->at);
	set(o, "since", l->since);
	set(o, "locktrace", l->version);
	set(o, "summary", l->summary);
	json_object_set_new(json_object_get(o, "life"), "suppressed", json_integer(l->suppressed));
	json_dumpf(o, out, JSON_COMPACT);
	fputc('\n', out);
	json_decref(o);
}

struct source {
	char *text;
	size_t size, at;
	int err; /* at its end */
};

static ssize_t source_read(void *from, char *buf, size_t size)
{
	struct source *s = from;
	size_t n = s->size - s->at < size ? s->size - s->at : size;

	memcpy(buf, s->text + s->at, n);
	s->at += n;
	return n ? (ssize_t)n : s->err;
}

static int read_text(struct fleet *f, const char *name, const char *text)
{
	struct source s = {.text = (char *)text, .size = strlen(text)};

	return fleet_read(f, name, source_read, &s);
}

static void read_lines(struct fleet *f, const struct line *lines, size_t n)
{
	struct source s = {0};
	FILE *out = open_memstream(&s.text, &s.size);

	for (size_t i = 0; i < n; i++)
		put_line(out, &lines[i]);
	fclose(out);
	assert_int_equal(fleet_read(f, "lines", source_read, &s), 0);
	free(s.text);
}

static struct fleet *fleet_of(const struct line *lines, size_t n)
{
	struct fleet *f = fleet_new(&fleet_caps_default);

	assert_non_null(f);
	read_lines(f, lines, n);
	return f;
}

static char *text_of(struct fleet *f)
{
	char *text;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	assert_int_equal(fleet_print_text(f, out), 0);
	fclose(out);
	return text;
}

static json_t *json_of(struct fleet *f)
{
	char *text;
	size_t n;
	FILE *out = open_memstream(&text, &n);
	json_t *o;

	assert_int_equal(fleet_print_json(f, "9", out), 0);
	fclose(out);
	o = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(o);
	free(text);
	return o;
}

static const json_t *group_of(const json_t *o, size_t i)
{
	return json_array_get(json_object_get(o, "signatures"), i);
}

static int64_t number(const json_t *o, const char *name)
{
	const json_t *v = json_object_get(o, name);

	assert_true(json_is_integer(v));
	return json_integer_value(v);
}

#define assert_text(o, name, value)                                                                \
	assert_string_equal(json_string_value(json_object_get(o, name)), value)

#define A      "aaaaaaaaaaaaaaaa"
#define B      "bbbbbbbbbbbbbbbb"
#define DAY(d) "2026-11-" d "T10:20:30.000Z"

static const struct line story[] = {
	{.host = "n1",
	 .id = "s1",
	 .signature = A,
	 .at = DAY("05"),
	 .since = DAY("04"),
	 .version = "0.2.0",
	 .event = "opened"},
	{.host = "n1",
	 .id = "s1",
	 .signature = A,
	 .at = DAY("06"),
	 .since = DAY("04"),
	 .version = "0.2.0",
	 .event = "resolved"},
	{.host = "n1",
	 .id = "s2",
	 .signature = A,
	 .at = DAY("07"),
	 .since = DAY("07"),
	 .version = "0.2.0",
	 .event = "opened"},
	{.host = "n2",
	 .id = "s1",
	 .signature = A,
	 .at = DAY("03"),
	 .since = DAY("03"),
	 .version = "0.1.0",
	 .event = "snapshot",
	 .summary = "left waits for right."},
	{.host = "n1",
	 .id = "s9",
	 .signature = B,
	 .at = DAY("08"),
	 .since = DAY("08"),
	 .version = "0.2.0",
	 .event = "opened",
	 .summary = "left waits for itself."},
};
#define N_STORY (sizeof(story) / sizeof(story[0]))

static const char story_text[] =
	" DEVICES  STALLS  FIRST SEEN, UTC   LAST SEEN, UTC    SIGNATURE         RULE\n"
	"       2       3  2026-11-03 10:20  2026-11-07 10:20  " A "  deadlock: deadlock\n"
	"  example   certain, n2 2026-11-03 10:20, s1: left waits for right.\n"
	"  program   scene, in scene build-id 916d205dadc00d2f06b7607749834437bb742904\n"
	"  locktrace 0.1.0, 0.2.0\n"
	"  longest   1.5s\n"
	"\n"
	"       1       1  2026-11-08 10:20  2026-11-08 10:20  " B "  deadlock: deadlock\n"
	"  example   certain, n1 2026-11-08 10:20, s9: left waits for itself.\n"
	"  program   scene, in scene build-id 916d205dadc00d2f06b7607749834437bb742904\n"
	"  locktrace 0.2.0\n"
	"  longest   1.5s\n"
	"\n"
	"2 signatures, 2 devices, 4 stalls; 5 reports in 1 files\n";

static void a_fleet_is_told_of_by_signature(void **state __attribute__((unused)))
{
	struct fleet *f = fleet_of(story, N_STORY);
	char *text = text_of(f);
	json_t *o = json_of(f);
	const json_t *a = group_of(o, 0);

	assert_string_equal(text, story_text);
	assert_int_equal(number(o, "reports"), 5);
	assert_text(a, "signature", A);
	assert_int_equal(number(a, "devices"), 2);
	assert_int_equal(number(a, "stalls"), 3);
	assert_int_equal(number(a, "reports"), 4);
	assert_text(a, "first", DAY("03"));
	assert_text(a, "last", DAY("07"));
	assert_text(json_object_get(a, "example"), "summary", "left waits for right.");
	assert_text(json_array_get(json_object_get(a, "versions"), 1), "locktrace", "0.2.0");
	json_decref(o);
	free(text);
	fleet_free(f);
}

static void the_order_of_reading_does_not_matter(void **state __attribute__((unused)))
{
	struct line other[N_STORY];
	struct fleet *f;
	char *text;

	for (size_t turn = 1; turn < N_STORY; turn++) {
		for (size_t i = 0; i < N_STORY; i++)
			other[i] = story[(N_STORY - i + turn) % N_STORY];
		f = fleet_of(other, N_STORY);
		text = text_of(f);
		assert_string_equal(text, story_text);
		free(text);
		fleet_free(f);
	}
}

/* The same files once more, as after a second copy of a spool. */
static void what_is_read_twice_counts_once(void **state __attribute__((unused)))
{
	struct fleet *f = fleet_of(story, N_STORY);
	json_t *o;

	read_lines(f, story, N_STORY);
	o = json_of(f);
	assert_int_equal(number(group_of(o, 0), "stalls"), 3);
	assert_int_equal(number(group_of(o, 0), "devices"), 2);
	assert_int_equal(number(group_of(o, 0), "reports"), 8);
	json_decref(o);
	fleet_free(f);
}

static void what_devices_did_not_tell_is_added_up(void **state __attribute__((unused)))
{
	const struct line lines[] = {
		{.host = "n1", .id = "s1", .event = "suppressed", .at = DAY("05"), .suppressed = 7},
		{.host = "n1", .id = "s1", .event = "suppressed", .at = DAY("05"), .suppressed = 7},
		{.host = "n1", .id = "s1", .event = "suppressed", .at = DAY("06"), .suppressed = 2},
		{.host = "n1", .id = "s2", .event = "opened", .at = DAY("06")},
	};
	struct fleet *f = fleet_of(lines, 4);
	json_t *o = json_of(f);

	assert_int_equal(number(group_of(o, 0), "suppressed"), 9);
	assert_int_equal(number(group_of(o, 0), "stalls"), 1);
	json_decref(o);
	fleet_free(f);
}

static void unknown_devices_and_times_are_no_devices_and_times(void **state __attribute__((unused)))
{
	const struct line lines[] = {
		{.host = "", .id = "s1", .at = "", .since = ""},
		{.host = "n1",
		 .id = "s2",
		 .at = "1970-01-01T00:00:07.000Z",
		 .since = "1970-01-01T00:00:05.000Z"},
		{.host = "n1", .id = "s3", .at = DAY("05"), .since = DAY("05")},
	};
	struct fleet *f = fleet_of(lines, 3);
	json_t *o = json_of(f);
	const json_t *g = group_of(o, 0);

	assert_int_equal(number(g, "devices"), 1);
	assert_int_equal(number(g, "reports_without_host"), 1);
	assert_int_equal(number(g, "stalls"), 3);
	assert_text(g, "first", DAY("05"));
	assert_text(g, "last", DAY("05"));
	assert_text(json_object_get(g, "example"), "id", "s3");
	json_decref(o);
	fleet_free(f);
}

static void a_machine_is_one_whatever_it_is_called(void **state)
{
	const struct line lines[] = {
		{.host = "localhost", .machine = "11111111111111111111111111111111", .id = "s1"},
		{.host = "localhost", .machine = "22222222222222222222222222222222", .id = "s1"},
		{.host = "renamed", .machine = "22222222222222222222222222222222", .id = "s1"},
		{.host = "old", .machine = "", .id = "s1"},
	};
	struct fleet *f = fleet_of(lines, 4);
	json_t *o = json_of(f);

	(void)state;
	assert_int_equal(number(group_of(o, 0), "devices"), 3);
	assert_int_equal(number(group_of(o, 0), "stalls"), 3);
	assert_int_equal(number(group_of(o, 0), "reports"), 4);
	json_decref(o);
	fleet_free(f);
}

/* As journalctl -o json writes an entry. */
static char *entry_of(const char *field, const char *text)
{
	json_t *o = json_pack("{s:s, s:s, s:s}", "__CURSOR", "s=1;i=2", "__REALTIME_TIMESTAMP",
			      "1795000000000000", "_HOSTNAME", "n1");
	char *line, *whole;

	json_object_set_new(o, field, text ? json_string(text) : json_null());
	line = json_dumps(o, JSON_COMPACT);
	assert_true(asprintf(&whole, "%s\n", line) > 0);
	free(line);
	json_decref(o);
	return whole;
}

static void read_entry(struct fleet *f, const char *field, const char *text)
{
	char *entry = entry_of(field, text);

	assert_int_equal(read_text(f, "journal", entry), 0);
	free(entry);
}

static void a_journal_has_reports_among_others(void **state)
{
	char *report = NULL;
	size_t size;
	FILE *out = open_memstream(&report, &size);
	struct fleet *f = fleet_new(&fleet_caps_default);
	struct fleet_count count;

	(void)state;
	assert_non_null(out);
	put_line(out, &(struct line){.host = "n\xc3\xa9\"1", .id = "s1"});
	fclose(out);
	read_entry(f, "LOCKTRACE_REPORT", report);
	read_entry(f, "MESSAGE", report);
	read_entry(f, "MESSAGE", "Started session 3 of user root.");
	read_entry(f, "MESSAGE", "{\"level\":\"info\"}");
	read_entry(f, "MESSAGE", NULL);
	fleet_count(f, &count);
	assert_int_equal(count.reports, 2);
	assert_int_equal(count.broken, 0);

	/* without --all journalctl leaves out what is long */
	read_entry(f, "LOCKTRACE_REPORT", NULL);
	fleet_count(f, &count);
	assert_int_equal(count.broken, 1);
	assert_non_null(strstr(count.broken_why, "--all"));
	report[size / 2] = '\0';
	read_entry(f, "LOCKTRACE_REPORT", report);
	read_entry(f, "LOCKTRACE_REPORT", "");
	read_entry(f, "LOCKTRACE_REPORT", "{\"schema\":1}");
	fleet_count(f, &count);
	assert_int_equal(count.broken, 4);
	assert_int_equal(count.reports, 2);
	free(report);
	fleet_free(f);
}

/* They lie beside the reports that locktrace import has unpacked. */
static void what_is_written_beside_reports_is_no_broken_line(void **state)
{
	static const char *const events[] = {"end", "bundle", "contents", "ack"};
	struct fleet *f = fleet_new(&fleet_caps_default);
	struct fleet_count count;
	char text[128];

	(void)state;
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		snprintf(text, sizeof(text),
			 "{\"schema\":1,\"locktrace\":\"1\",\"event\":\"%s\"}\n", events[i]);
		assert_int_equal(read_text(f, events[i], text), 0);
	}
	fleet_count(f, &count);
	assert_int_equal(count.broken, 0);
	assert_int_equal(count.reports, 0);
	fleet_free(f);
}

static void caps_hold_and_are_said(void **state __attribute__((unused)))
{
	static const struct fleet_caps caps = {
		.signatures = 3, .devices = 5, .pairs = 9, .stalls = 4};
	struct fleet *f = fleet_new(&caps);
	char host[16], id[16], signature[16], *text;
	json_t *o, *above;

	for (int i = 0; i < 60; i++) {
		snprintf(host, sizeof(host), "n%d", i % 7);
		snprintf(id, sizeof(id), "s%d", i);
		snprintf(signature, sizeof(signature), "c%d", i % 4);
		read_lines(f, &(struct line){.host = host, .id = id, .signature = signature}, 1);
	}
	o = json_of(f);
	above = json_object_get(o, "above_cap");
	assert_int_equal(json_array_size(json_object_get(o, "signatures")), 3);
	assert_int_equal(number(above, "signatures"), 15);
	assert_int_equal(number(o, "devices"), 5);
	assert_true(number(above, "devices") > 0);
	assert_true(number(above, "pairs") > 0);
	assert_true(json_is_true(json_object_get(above, "stalls")));
	text = text_of(f);
	assert_non_null(strstr(text, ">="));
	assert_non_null(strstr(text, "not more than 3 are kept apart"));
	assert_non_null(strstr(text, "more than 4 stalls apart"));
	free(text);
	json_decref(o);
	fleet_free(f);
}

static void broken_lines_are_counted_and_told(void **state __attribute__((unused)))
{
	static const char *const lines[] = {
		"rubbish\n",
		"{}\n",
		"{\"schema\":2,\"event\":\"opened\",\"locktrace\":\"9\"}\n",
		"{\"schema\":1,\"event\":\"opened\",\"locktrace\":\"9\"}\n",
		"{\"schema\":1,\"event\":\"opened\",\"locktrace\":\"9\",\"id\":\"a\",\"signature\":"
		"\"../x\"}\n",
		/* all of the top level, but no report */
		"{\"schema\":1,\"event\":\"opened\",\"locktrace\":\"9\",\"id\":\"a\",\"signature\":"
		"\"s\",\"rule\":\"deadlock\",\"title\":\"t\",\"certainty\":\"certain\",\"summary\":"
		"\"s\",\"at\":null,\"since\":null,\"waited_ns\":1}\n",
	};
	struct fleet *f = fleet_of(story, N_STORY);
	struct fleet_count count;

	for (size_t i = 0; i < 6; i++)
		assert_int_equal(read_text(f, i ? "other" : "first", lines[i]), 0);
	assert_int_equal(
		read_text(f, "end", "{\"schema\":1,\"event\":\"end\",\"locktrace\":\"9\"}"), 0);
	fleet_count(f, &count);
	assert_int_equal(count.broken, 6);
	assert_int_equal(count.reports, 5);
	assert_int_equal(count.files, 8);
	assert_string_equal(count.broken_file, "first");
	assert_int_equal(count.broken_line, 1);
	assert_string_equal(count.broken_why, "it is no JSON object");
	fleet_free(f);
}

static void a_file_that_cannot_be_read_on_counts_so_far(void **state __attribute__((unused)))
{
	struct source s = {.err = -EIO};
	struct fleet *f = fleet_new(&fleet_caps_default);
	FILE *out = open_memstream(&s.text, &s.size);
	struct fleet_count count;

	for (size_t i = 0; i < N_STORY; i++)
		put_line(out, &story[i]);
	fclose(out);
	assert_int_equal(fleet_read(f, "bad", source_read, &s), -EIO);
	fleet_count(f, &count);
	assert_int_equal(count.reports, 5);
	/* an error that also means a broken line must not be read on after */
	s.err = -EBADMSG;
	assert_int_equal(fleet_read(f, "bad", source_read, &s), -EIO);
	free(s.text);
	fleet_free(f);
}

/* Nothing of it may reach a terminal as it is. */
static void what_devices_say_is_shown_harmless(void **state __attribute__((unused)))
{
	const struct line line = {.host = "n\x1b[2J\xe2\x80\xae",
				  .id = "s1",
				  .summary = "\x1b]0;evil\x07 \xc2\x9b",
				  .version = "\x1b[31m"};
	struct fleet *f = fleet_of(&line, 1);
	char *text = text_of(f);

	assert_null(strpbrk(text, "\x1b\x07"));
	assert_null(strstr(text, "\xc2\x9b"));
	assert_null(strstr(text, "\xe2\x80\xae"));
	assert_non_null(strstr(text, "\\x1b]0;evil\\x07"));
	free(text);
	fleet_free(f);
}

/* Each member of the top level of another type, and missing: never more than a broken line. */
static void wrong_members_are_broken_lines(void **state __attribute__((unused)))
{
	json_t *good = json_load_file("tests/golden/abba.json", 0, NULL), *other, *copy;
	static const char *const values[] = {"null",
					     "true",
					     "-7",
					     "1e9",
					     "\"\"",
					     "[]",
					     "{}",
					     "\"2026-13-99T99:99:99.999Z\"",
					     "99999999999999999999"};
	const char *name;
	json_t *value;

	json_object_foreach(good, name, value)
	{
		for (size_t i = 0; i <= sizeof(values) / sizeof(values[0]); i++) {
			struct fleet *f = fleet_new(&fleet_caps_default);
			char *text;

			copy = json_copy(good);
			if (i < sizeof(values) / sizeof(values[0])) {
				other = json_loads(values[i], JSON_DECODE_ANY, NULL);
				if (other)
					json_object_set_new(copy, name, other);
			} else {
				json_object_del(copy, name);
			}
			text = json_dumps(copy, 0);
			assert_int_equal(read_text(f, "x", text), 0);
			free(text);
			text = text_of(f);
			free(text);
			fleet_free(f);
			json_decref(copy);
		}
	}
	json_decref(good);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fleet_is_told_of_by_signature),
		cmocka_unit_test(the_order_of_reading_does_not_matter),
		cmocka_unit_test(what_is_read_twice_counts_once),
		cmocka_unit_test(what_devices_did_not_tell_is_added_up),
		cmocka_unit_test(unknown_devices_and_times_are_no_devices_and_times),
		cmocka_unit_test(a_machine_is_one_whatever_it_is_called),
		cmocka_unit_test(a_journal_has_reports_among_others),
		cmocka_unit_test(what_is_written_beside_reports_is_no_broken_line),
		cmocka_unit_test(caps_hold_and_are_said),
		cmocka_unit_test(broken_lines_are_counted_and_told),
		cmocka_unit_test(a_file_that_cannot_be_read_on_counts_so_far),
		cmocka_unit_test(what_devices_say_is_shown_harmless),
		cmocka_unit_test(wrong_members_are_broken_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
