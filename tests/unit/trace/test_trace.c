// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "all_facts.h"
#include "trace/trace.h"

static size_t fed;

static int count(void *ctx, const struct fact *fact)
{
	(void)ctx;
	(void)fact;
	fed++;
	return 0;
}

static int read_text(const char *text, size_t size, struct trace_error *error)
{
	FILE *in = fmemopen((void *)text, size, "r");
	struct fact_sink sink = {count, NULL};

	fed = 0;
	int err = trace_read(in, &sink, error);

	fclose(in);
	return err;
}

static char *written(size_t *ret_size)
{
	char path[] = "/tmp/trace-XXXXXX";
	struct trace_writer *w;
	char *text = calloc(1, 65536);

	close(mkstemp(path));
	assert_int_equal(trace_writer_open(path, &w), 0);
	struct fact_sink sink = trace_writer_sink(w);

	for (size_t i = 0; i < N_FACTS; i++)
		assert_int_equal(fact_put(&sink, &facts[i]), 0);
	assert_int_equal(trace_writer_close(w), 0);
	FILE *in = fopen(path, "r");

	*ret_size = fread(text, 1, 65536, in);
	fclose(in);
	unlink(path);
	return text;
}

static void a_trace_cut_anywhere_feeds_nothing(void **state)
{
	struct trace_error error;
	size_t size;
	char *text = written(&size);

	(void)state;
	assert_int_equal(read_text(text, size, &error), 0);
	assert_int_equal(fed, N_FACTS);
	for (size_t cut = 1; cut < size; cut++) {
		int err = read_text(text, cut, &error);

		assert_true(err == -EBADMSG || err == -EMEDIUMTYPE);
		assert_int_equal(fed, 0);
	}
	free(text);
}

static void foreign_and_newer_files_are_told_apart(void **state)
{
	static const char newer[] = "{\"locktrace_trace\":2}\n", foreign[] = "hello\n",
			  older[] = "{\"locktrace_trace\":0}\n", json[] = "{\"a\":1}\n",
			  missing[] = "{\"locktrace_trace\":1}\n"
				      "{\"end\":true,\"facts\":1}\n";
	struct trace_error error;

	(void)state;
	assert_int_equal(read_text(newer, strlen(newer), &error), -EPROTONOSUPPORT);
	assert_int_equal(read_text(foreign, strlen(foreign), &error), -EMEDIUMTYPE);
	assert_int_equal(read_text(json, strlen(json), &error), -EMEDIUMTYPE);
	assert_int_equal(read_text(older, strlen(older), &error), -EMEDIUMTYPE);
	assert_int_equal(read_text(missing, strlen(missing), &error), -EBADMSG);
}

#define HEADER "{\"locktrace_trace\":1}\n"

/* Each fact is good, but the last one is out of place: the first ones are not fed either. */
static void facts_in_an_impossible_order_feed_nothing(void **state)
{
	static const char early[] = HEADER "{\"fact\":\"looked\"}\n{\"end\":true,\"facts\":1}\n";
	struct trace_error error;
	size_t size, whole;
	char *text = written(&size), *end = strstr(text, "{\"end\":true");

	(void)state;
	assert_int_equal(read_text(early, strlen(early), &error), -EBADMSG);
	assert_int_equal(error.line, 2);
	whole = (size_t)(end - text) + (size_t)sprintf(end,
						       "{\"fact\":\"detailed\"}\n"
						       "{\"end\":true,\"facts\":%zu}\n",
						       N_FACTS + 1);
	assert_int_equal(read_text(text, whole, &error), -EBADMSG);
	assert_int_equal(fed, 0);
	assert_int_equal(error.line, N_FACTS + 2);
	assert_string_equal(error.text, "a fact stands where it cannot be");
	free(text);
}

static void a_line_without_end_is_not_taken_in(void **state)
{
	const size_t size = sizeof(HEADER) - 1 + (20UL << 20);
	struct trace_error error;
	char *text = malloc(size);

	(void)state;
	memset(text, ' ', size);
	memcpy(text, HEADER, sizeof(HEADER) - 1);
	assert_int_equal(read_text(text, size, &error), -EBADMSG);
	assert_string_equal(error.text, "a line is longer than 16 MiB");
	assert_int_equal(error.line, 2);
	text[sizeof(HEADER)] = '\0';
	assert_int_equal(read_text(text, size, &error), -EBADMSG);
	assert_string_equal(error.text, "it holds binary data");
	free(text);
}

static void a_pipe_is_refused_before_it_is_read(void **state)
{
	struct fact_sink sink = {count, NULL};
	struct trace_error error;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	FILE *in = fdopen(ends[0], "r");

	assert_int_equal(trace_read(in, &sink, &error), -ESPIPE);
	fclose(in);
	close(ends[1]);
}

static int stop_at_third(void *ctx, const struct fact *fact)
{
	(void)fact;
	return ++*(int *)ctx == 3 ? -EPROTO : 0;
}

static void an_error_of_the_sink_is_handed_on(void **state)
{
	struct trace_error error;
	size_t size;
	char *text = written(&size);
	int seen = 0;
	struct fact_sink sink = {stop_at_third, &seen};
	FILE *in = fmemopen(text, size, "r");

	(void)state;
	assert_int_equal(trace_read(in, &sink, &error), -EPROTO);
	assert_int_equal(seen, 3);
	assert_int_equal(error.line, 4);
	fclose(in);
	free(text);
}

static void a_disk_that_is_full_is_told(void **state)
{
	struct trace_writer *w;

	(void)state;
	if (access("/dev/full", W_OK) != 0)
		skip();
	int err = trace_writer_open("/dev/full", &w);

	assert_int_equal(err, -ENOSPC);
	assert_int_equal(trace_writer_open("/nonexistent/x", &w), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_trace_cut_anywhere_feeds_nothing),
		cmocka_unit_test(foreign_and_newer_files_are_told_apart),
		cmocka_unit_test(facts_in_an_impossible_order_feed_nothing),
		cmocka_unit_test(a_line_without_end_is_not_taken_in),
		cmocka_unit_test(a_pipe_is_refused_before_it_is_read),
		cmocka_unit_test(an_error_of_the_sink_is_handed_on),
		cmocka_unit_test(a_disk_that_is_full_is_told),
	};

	return cmocka_run_group_tests_name("trace", tests, NULL, NULL);
}
