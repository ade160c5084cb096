// SPDX-License-Identifier: GPL-2.0
/*
 * Reports read back from JSON: those in tests/golden as they are, then each of
 * their members made wrong in turn, and each report cut and damaged. What is
 * accepted all the same must not harm any renderer.
 */
#include <errno.h>
#include <glob.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <string.h>

#include "report/json/json_read.h"
#include "report/render.h"

struct text {
	char *s;
	size_t n;
};

static struct text render(const char *format, const struct report *r)
{
	struct text t = {0};
	struct render render = {.out = open_memstream(&t.s, &t.n), .options = {.unicode = true}};
	struct engine_out out;

	assert_non_null(render.out);
	renderer_out(renderer_find(format), &render, &out);
	assert_int_equal(out.report(out.ctx, r), 0);
	fclose(render.out);
	return t;
}

static struct text rewritten(const struct json_read *j)
{
	struct text t = {0};
	FILE *out = open_memstream(&t.s, &t.n);

	assert_non_null(out);
	assert_int_equal(json_read_write(j, json_read_report(j), out), 0);
	fclose(out);
	return t;
}

static void render_all(const struct json_read *j)
{
	static const char *const formats[] = {"text", "json", "dot", "html"};

	for (size_t i = 0; json_read_report(j) && i < sizeof(formats) / sizeof(formats[0]); i++) {
		struct text t = render(formats[i], json_read_report(j));

		/* nothing of it may reach a terminal or a browser as it is */
		assert_null(memchr(t.s, '\x1b', t.n));
		assert_null(strstr(t.s, strcmp(formats[i], "html") == 0 ? "<script" : "\x1b"));
		free(t.s);
	}
	free(rewritten(j).s);
}

/* Calls f with each report in tests/golden. */
static void each_golden(void (*f)(const char *line, size_t n))
{
	size_t reports = 0;
	glob_t files;

	assert_int_equal(glob("tests/golden/*.json", 0, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc; i++) {
		FILE *in = fopen(files.gl_pathv[i], "re");
		char *line = NULL;
		size_t room = 0;
		ssize_t n;

		assert_non_null(in);
		while ((n = getline(&line, &room, in)) > 0) {
			if (*line != '{') /* what went to the terminal */
				continue;
			f(line, (size_t)n);
			reports++;
		}
		free(line);
		fclose(in);
	}
	globfree(&files);
	assert_true(reports >= 10);
}

static void comes_back_whole(const char *line, size_t n)
{
	char why[JSON_READ_WHY] = "";
	struct json_read *j;
	int err = json_read(line, n, &j, why);
	struct text t;

	if (err)
		fail_msg("%s in %.60s", why, line);
	if (json_read_report(j)) { /* or the end of a session */
		t = render("json", json_read_report(j));
		assert_string_equal(t.s, line);
		free(t.s);
	}
	t = rewritten(j);
	assert_string_equal(t.s, line);
	free(t.s);
	json_read_free(j);
}

static void what_is_read_is_written_again_byte_for_byte(void **state)
{
	(void)state;
	each_golden(comes_back_whole);
}

static void says_what_is_not_seen(const char *line, size_t n)
{
	static const char unseen[] =
		",\"unseen\":[{\"hook\":\"futex\",\"what\":\"when waits began\","
		"\"since\":\"2026-11-21T20:00:00.000Z\"}]}\n";
	char why[JSON_READ_WHY] = "", *with = malloc(n + sizeof(unseen));
	struct json_read *j;
	struct text t;

	assert_non_null(with);
	while (n > 0 && line[n - 1] != '}')
		n--;
	memcpy(with, line, n - 1);
	memcpy(with + n - 1, unseen, sizeof(unseen));
	if (json_read(with, strlen(with), &j, why))
		fail_msg("%s in %.60s", why, line);
	if (json_read_report(j)) {
		t = render("json", json_read_report(j));
		assert_string_equal(t.s, with);
		free(t.s);
		t = render("html", json_read_report(j));
		if (json_read_report(j)->event == EVENT_OPENED)
			assert_non_null(strstr(t.s, "not seen exactly: when waits began"));
		free(t.s);
	}
	json_read_free(j);
	free(with);
}

static void what_is_not_seen_is_read_again(void **state)
{
	(void)state;
	each_golden(says_what_is_not_seen);
}

/* Reports of before there was a severity: the rule tells. */
static void has_the_severity_of_its_rule(const char *line, size_t n)
{
	char why[JSON_READ_WHY] = "", *text;
	json_t *whole = json_loadb(line, n, 0, NULL);
	struct json_read *j;
	enum severity told;

	assert_non_null(whole);
	assert_int_equal(json_read(line, n, &j, why), 0);
	told = json_read_report(j) ? json_read_report(j)->severity : 0;
	json_read_free(j);
	json_object_del(whole, "severity");
	text = json_dumps(whole, 0);
	assert_int_equal(json_read(text, strlen(text), &j, why), 0);
	if (told)
		assert_int_equal(json_read_report(j)->severity, told);
	json_read_free(j);
	json_decref(whole);
	free(text);
}

static void reports_without_a_severity_are_read(void **state)
{
	(void)state;
	each_golden(has_the_severity_of_its_rule);
}

static void read_and_render(const json_t *whole)
{
	char why[JSON_READ_WHY] = "", *text = json_dumps(whole, 0);
	struct json_read *j;
	int err;

	assert_non_null(text);
	err = json_read(text, strlen(text), &j, why);
	if (err)
		assert_true(*why);
	if (!err) {
		render_all(j);
		json_read_free(j);
	}
	free(text);
}

static json_t *wrong_value(int i)
{
	switch (i) {
	case 0:
		return json_null();
	case 1:
		return json_integer(-1);
	case 2:
		return json_integer(INT64_MAX);
	case 3:
		return json_string("t999999999");
	case 4:
		return json_string("\x1b[2J\"><script>");
	case 5:
		return json_array();
	case 6:
		return json_object();
	case 7:
		return json_true();
	case 8:
		return json_real(1.5);
	default:
		return NULL; /* without it */
	}
}

static void spoil_each(const json_t *whole, json_t *at);

static void spoil_member(const json_t *whole, json_t *o, const char *name)
{
	json_t *before = json_incref(json_object_get(o, name));

	for (int i = 0; i < 10; i++) {
		json_t *wrong = wrong_value(i);

		if (wrong)
			json_object_set_new(o, name, wrong);
		else
			json_object_del(o, name);
		read_and_render(whole);
	}
	json_object_set_new(o, name, before);
	spoil_each(whole, before);
}

static void spoil_each(const json_t *whole, json_t *at)
{
	/* the first two of a list stand for all */
	for (size_t i = 0; json_is_array(at) && i < json_array_size(at) && i < 2; i++)
		spoil_each(whole, json_array_get(at, i));
	if (!json_is_object(at))
		return;
	json_t *names = json_array(), *name;
	const char *key;
	size_t i;

	json_object_foreach(at, key, name) json_array_append_new(names, json_string(key));
	json_array_foreach(names, i, name) spoil_member(whole, at, json_string_value(name));
	json_decref(names);
}

static void every_member_may_be_wrong(void **state)
{
	FILE *in = fopen("tests/golden/abba.json", "re");
	json_t *whole;

	(void)state;
	assert_non_null(in);
	whole = json_loadf(in, 0, NULL);
	fclose(in);
	assert_non_null(whole);
	spoil_each(whole, whole);
	json_decref(whole);
}

static void damage(const char *line, size_t n)
{
	static uint64_t random = 88172645463325252ULL;
	char *copy = malloc(n), why[JSON_READ_WHY];
	struct json_read *j;

	assert_non_null(copy);
	for (int i = 0; i < 300; i++) {
		size_t size = n;

		memcpy(copy, line, n);
		for (int k = 0; k < 1 + i % 3; k++) {
			random ^= random << 13;
			random ^= random >> 7;
			random ^= random << 17;
			copy[random % n] = "\"{}[]:,01-tnrs\\u\xff"[random >> 32 & 15];
			if (i % 10 == 0)
				size = random % n;
		}
		if (json_read(copy, size, &j, why))
			continue;
		render_all(j);
		json_read_free(j);
	}
	free(copy);
}

static void damaged_text_is_refused_or_harmless(void **state)
{
	(void)state;
	each_golden(damage);
}

static int result_of(const char *text, char why[JSON_READ_WHY])
{
	struct json_read *j = NULL;
	int err = json_read(text, strlen(text), &j, why);

	json_read_free(j);
	return err;
}

static void what_is_no_report_is_said_in_a_line(void **state)
{
	char why[JSON_READ_WHY], deep[6000];

	(void)state;
	assert_int_equal(result_of("{}", why), -EMEDIUMTYPE);
	assert_int_equal(result_of("[1,2]", why), -EMEDIUMTYPE);
	assert_int_equal(result_of("{\"schema\":2,\"event\":1,\"locktrace\":1}", why),
			 -EPROTONOSUPPORT);
	assert_int_equal(result_of("{\"schema\":1,\"event\":1,\"locktrace\":1}", why), -EBADMSG);
	assert_string_equal(why, "\"event\" is not a string");
	assert_int_equal(result_of("{\"schema\":1,\"schema\":1}", why), -EBADMSG);
	assert_int_equal(result_of("{\"a\":\"\\u0000\"}", why), -EBADMSG);
	assert_int_equal(result_of("{\"a\":\"\xff\"}", why), -EBADMSG);
	memset(deep, '[', sizeof(deep));
	deep[sizeof(deep) - 1] = '\0';
	assert_int_equal(result_of(deep, why), -EBADMSG);
}

static void what_is_not_known_goes_through(void **state)
{
	FILE *in = fopen("tests/golden/abba.json", "re");
	char why[JSON_READ_WHY], *text;
	struct json_read *j;
	struct text t;
	json_t *whole;

	(void)state;
	assert_non_null(in);
	whole = json_loadf(in, 0, NULL);
	fclose(in);
	json_object_set_new(whole, "of_tomorrow", json_pack("{s:[i]}", "x", 1));
	json_object_set_new(json_array_get(json_object_get(whole, "stacks"), 0), "also",
			    json_true());
	text = json_dumps(whole, JSON_COMPACT | JSON_ENSURE_ASCII);
	assert_int_equal(json_read(text, strlen(text), &j, why), 0);
	t = rewritten(j);
	t.s[t.n - 1] = '\0';
	assert_string_equal(t.s, text);
	free(t.s);
	free(text);
	json_read_free(j);
	json_decref(whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_read_is_written_again_byte_for_byte),
		cmocka_unit_test(what_is_not_seen_is_read_again),
		cmocka_unit_test(reports_without_a_severity_are_read),
		cmocka_unit_test(every_member_may_be_wrong),
		cmocka_unit_test(damaged_text_is_refused_or_harmless),
		cmocka_unit_test(what_is_no_report_is_said_in_a_line),
		cmocka_unit_test(what_is_not_known_goes_through),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
