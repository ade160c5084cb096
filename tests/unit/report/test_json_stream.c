// SPDX-License-Identifier: GPL-2.0
/*
 * Members found without parsing: in all that is JSON as a parser finds them, in
 * nothing that is not JSON; and objects in a stream, with broken ones between.
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

#include "report/json/json_stream.h"

/* A copy that ends where the text does, so that a byte too far is an error. */
static int scan(const char *text, size_t size, struct json_member *m, size_t n, size_t *ret_end)
{
	char *copy = malloc(size ? size : 1);
	const char *why = NULL;
	int r;

	assert_non_null(copy);
	memcpy(copy, text, size);
	r = json_scan(copy, size, m, n, ret_end, &why);
	if (r < 0)
		assert_non_null(why);
	free(copy);
	return r;
}

/* Writes a text over others, without its end. */
static void put(char *at, const char *text)
{
	while (*text)
		*at++ = *text++;
}

/* What a parser makes of it decides; a scanner may want more of what was cut. */
static void same_as_parser(const char *text, size_t size)
{
	json_error_t error;
	json_t *parsed = json_loadb(text, size, 0, &error);
	size_t end = 0;
	int r = scan(text, size, NULL, 0, &end);

	if (json_is_object(parsed)) {
		assert_int_equal(r, 1);
		assert_true(end <= size && end > 1);
	} else if (r == 1) {
		/* then there is something behind it, or a number that is too large for jansson */
		json_t *first = json_loadb(text, end, 0, &error);

		if (!first)
			assert_int_equal(json_error_code(&error), json_error_numeric_overflow);
		json_decref(first);
	}
	json_decref(parsed);
}

static void wrong_json_is_told(void **state __attribute__((unused)))
{
	static const char *const wrong[] = {
		"{\"a\":01} ",
		"{\"a\":+1} ",
		"{\"a\":1.} ",
		"{\"a\":.5} ",
		"{\"a\":1e} ",
		"{\"a\":tru} ",
		"{\"a\" 1} ",
		"{\"a\":1,} ",
		"{,\"a\":1} ",
		"{\"a\":[1,]} ",
		"{\"a\":[1}} ",
		"{\"a\":{]} ",
		"{a:1} ",
		"{'a':1} ",
		"{\"a\":\"\\x\"} ",
		"{\"a\":\"\\u12g4\"} ",
		"{\"a\":\"\n\"} ",
		"{\"a\":\"\\ud800\"} ",
		"{\"a\":\"\\udc00\"} ",
		"{\"a\":\"\xff  \"} ",
		"{\"a\":\"\xc0\x80 \"} ",
		"{\"a\":\"\xed\xa0\x80 \"} ",
		"{\"a\":\"\\u0000\"} ",
		"{\"a\":\"\\ud800\\u0041\"} ",
		"[] ",
		"1 ",
		"{\"a\":-} ",
		"{\"a\":NaN} ",
		"{1:1} ",
	};
	size_t end;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (scan(wrong[i], strlen(wrong[i]), NULL, 0, &end) != -EBADMSG)
			fail_msg("taken for JSON: %s", wrong[i]);
	}
}

static void depth_is_bounded(void **state __attribute__((unused)))
{
	size_t n = 1000000, end;
	char *deep = malloc(n);

	memset(deep, '[', n);
	put(deep, "{\"a\":");
	assert_int_equal(scan(deep, n, NULL, 0, &end), -EBADMSG);
	free(deep);
}

static void members_are_found(void **state __attribute__((unused)))
{
	static const char text[] =
		"{\"n\": [{\"a\":9}], \"x\":{\"a\":\"in\",\"y\":{\"a\":1}},\"a\" : 17 ,"
		"\"t\":\"\\u00e9\\ud83d\\ude00\\n\\\"\xc3\xa9\",\"e\":null,"
		"\"big\":18446744073709551616,\"f\":1.5} {\"a\":3}";
	struct json_member m[] = {{.name = "a"}, {.name = "a", .in = "x"}, {.name = "t"},
				  {.name = "e"}, {.name = "missing"},	   {.name = "big"},
				  {.name = "f"}, {.name = "a", .in = "n"}};
	char buf[32], small[4];
	uint64_t number;
	size_t end;

	assert_int_equal(scan(text, strlen(text), m, 8, &end), 1);
	/* they point into the copy that is gone */
	const char *why;

	assert_int_equal(json_scan(text, strlen(text), m, 8, &end, &why), 1);
	assert_int_equal(end, strlen(text) - strlen(" {\"a\":3}"));
	assert_true(json_member_number(&m[0], 17, &number));
	assert_int_equal(number, 17);
	assert_false(json_member_number(&m[0], 16, &number));
	assert_true(json_member_text(&m[1], buf, sizeof(buf)));
	assert_string_equal(buf, "in");
	assert_true(json_member_text(&m[2], buf, sizeof(buf)));
	assert_string_equal(buf, "\xc3\xa9\xf0\x9f\x98\x80\n\"\xc3\xa9");
	assert_true(json_member_text(&m[2], small, sizeof(small)));
	assert_string_equal(small, "\xc3\xa9");
	assert_int_equal(m[3].type, JSON_SCAN_OTHER);
	assert_false(json_member_text(&m[3], buf, sizeof(buf)));
	assert_int_equal(m[4].type, JSON_SCAN_MISSING);
	assert_false(json_member_number(&m[5], UINT64_MAX, &number));
	assert_false(json_member_number(&m[6], UINT64_MAX, &number));
	assert_int_equal(m[7].type, JSON_SCAN_MISSING);

	assert_int_equal(scan("{\"a\":1,\"a\":2}", 13, m, 1, &end), -EBADMSG);
}

static char *read_file(const char *path, size_t *ret_size)
{
	FILE *in = fopen(path, "r");
	char *text = malloc(1 << 20);

	assert_non_null(in);
	assert_non_null(text);
	*ret_size = fread(text, 1, 1 << 20, in);
	fclose(in);
	return text;
}

/* Each report cut at each place, and with each byte another. */
static void damaged_reports_are_as_a_parser_says(void **state __attribute__((unused)))
{
	static const char bytes[] = "\"\\{}[],:0e-\x80\xff\n u";
	size_t size, end;
	char *text = read_file("tests/golden/abba.json", &size);

	for (size_t n = 1; n < size - 1; n++)
		assert_int_equal(scan(text, n, NULL, 0, &end), 0);
	for (size_t at = 1; at < size - 1; at += 3) {
		char was = text[at];

		text[at] = bytes[at % (sizeof(bytes) - 1)];
		same_as_parser(text, size);
		text[at] = was;
	}
	free(text);
}

struct source {
	const char *text;
	size_t size, at, at_most;
};

static ssize_t source_read(void *from, char *buf, size_t size)
{
	struct source *s = from;
	size_t n = s->size - s->at;

	n = n < size ? n : size;
	n = n < s->at_most ? n : s->at_most;
	memcpy(buf, s->text + s->at, n);
	s->at += n;
	return (ssize_t)n;
}

/* "1@LINE" for each object by its member n, "!@LINE" for what is broken. */
static char *tell(const char *text, size_t size, size_t at_most)
{
	struct source source = {.text = text, .size = size, .at_most = at_most};
	struct json_stream s = {.read = source_read, .from = &source};
	struct json_member m = {.name = "n"};
	char *told = calloc(1, 256);
	int r;

	json_stream_start(&s);
	while ((r = json_stream_next(&s, &m, 1)) != 0) {
		uint64_t n = 0;

		assert_true(r == 1 || r == -EBADMSG);
		if (r == 1)
			assert_true(json_member_number(&m, 9, &n));
		snprintf(told + strlen(told), 256 - strlen(told), "%c@%zu ",
			 r == 1 ? (char)('0' + n) : '!', s.line);
	}
	json_stream_free(&s);
	return told;
}

static void broken_lines_lose_nothing_else(void **state __attribute__((unused)))
{
	static const struct {
		const char *text, *told;
	} cases[] = {
		{"", ""},
		{" \n\n", ""},
		{"{\"n\":1}\n{\"n\":2}\n", "1@1 2@2 "},
		{"{\"n\":1}{\"n\":2}", "1@1 2@1 "},
		{"{\n \"n\":\n1\n}\n{\"n\":2}", "1@1 2@5 "},
		{"rubbish\n{\"n\":2}", "!@1 2@2 "},
		{"{\"n\":1\n{\"n\":2}\n{\"n\":3}", "!@1 2@2 3@3 "},
		{"{\"n\":\n{\"n\":2}\n{\"n\":3}", "!@1 2@2 3@3 "},
		{"{\"n\":\"cut\n{\"n\":2}\n", "!@1 2@2 "},
		{"{\"n\":1}\n{\"n\":2}\n{\"n\":", "1@1 2@2 !@3 "},
		{"{\n  \"n\": x,\n  \"m\": {\n  }\n}\n{\"n\":2}\n", "!@1 2@6 "},
		{"{\"n\":1} x {\"n\":3}\n{\"n\":2}", "1@1 !@1 2@2 "},
		{"{\"a\":[\n{\"n\":2}\n", "!@1 2@2 "},
		{"a\nb\nc", "!@1 !@2 !@3 "},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (size_t at_most = 1; at_most < 64; at_most *= 4) {
			char *told = tell(cases[i].text, strlen(cases[i].text), at_most);

			assert_string_equal(told, cases[i].told);
			free(told);
		}
	}
}

static void large_ones_are_whole_and_too_large_ones_are_passed_over(void **state
								    __attribute__((unused)))
{
	const size_t large = 5 << 20, too_large = JSON_STREAM_MAX + (5 << 20);
	char *text = malloc(too_large + 100), *told;

	memset(text, 'x', too_large);
	put(text, "{\"x\":\"");
	put(text + large, "\",\"n\":1}\n{\"n\":2}");
	told = tell(text, large + 16, SIZE_MAX);
	assert_string_equal(told, "1@1 2@2 ");
	free(told);

	memset(text, 'x', too_large);
	put(text, "{\"x\":\"");
	put(text + too_large, "\",\"n\":1}\n{\"n\":2}");
	told = tell(text, too_large + 16, SIZE_MAX);
	assert_string_equal(told, "!@1 2@2 ");
	free(told);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_json_is_told),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(members_are_found),
		cmocka_unit_test(damaged_reports_are_as_a_parser_says),
		cmocka_unit_test(broken_lines_lose_nothing_else),
		cmocka_unit_test(large_ones_are_whole_and_too_large_ones_are_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
