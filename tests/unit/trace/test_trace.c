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

#include "trace/codec.h"
#include "trace/trace.h"

static const struct fact_number numbers[] = {{"messages", 128}, {"bytes", -1}};
static const struct fact_frame frames[] = {
	{.module = "[kernel]", .symbol = "do_msgsnd"},
	{.module = "libc.so.6",
	 .build_id = "ab12",
	 .offset = 0x1234,
	 .symbol = "msgsnd",
	 .symbol_offset = 26,
	 .file = "msgsnd.c",
	 .line = 25,
	 .guessed = true},
};

/* One of each, with every field set to something. */
static const struct fact facts[] = {
	{.type = FACT_SESSION,
	 .session = {"1.0", "h", "6.1", "x86_64", "proc", "futex sysvmsg", "306 x", 306, 1000000000,
		     5, 6, -3600, true}},
	{.type = FACT_NOTE, .note = {NOTE_WARNING, "a \"quoted\" \\ note"}},
	{.type = FACT_TICK, .tick = {7, 8, 14, 3}},
	{.type = FACT_PROCESS, .process = {306, 99, "statemachined", "statemachined", 14}},
	{.type = FACT_THREAD,
	 .thread = {{306, 311, 99},
		    "logger",
		    'S',
		    ACT_LOCK_WAIT,
		    "blocked in msgsnd",
		    69,
		    0x7ffe00000000,
		    4,
		    5,
		    6,
		    7}},
	{.type = FACT_RESOURCE,
	 .resource = {"sysvmsg:1:0:space", "sysvmsg-full", CLASS_FULL, "SysV queue 0", "full",
		      numbers, 2}},
	{.type = FACT_WAIT,
	 .wait = {{306, 311, 99}, "sysvmsg:1:0:space", "sends to", 1, 2, SINCE_EXACT, true}},
	{.type = FACT_HOLD,
	 .hold = {"sysvmsg:1:0:space",
		  {306, 317, 98},
		  EVIDENCE_INFERRED,
		  "read it last",
		  true,
		  3,
		  4,
		  "main.c:203"}},
	{.type = FACT_LOST, .lost = {"read-timeout", 3}},
	{.type = FACT_LOOKED},
	{.type = FACT_STACK, .stack = {{306, 311, 99}, frames, 2, true, "cut"}},
	{.type = FACT_DETAILED},
	{.type = FACT_END, .end = {"looked once", 9, 10}},
};
#define N_FACTS (sizeof(facts) / sizeof(facts[0]))

static void every_fact_comes_back_as_it_went(void **state)
{
	(void)state;
	assert_int_equal(N_FACTS, _FACT_MAX - 1);
	for (size_t i = 0; i < N_FACTS; i++) {
		json_t *json = fact_encode(&facts[i]), *again;
		struct fact back;
		void *memory;
		char text[100];

		assert_int_equal(fact_decode(json, &back, &memory, text, sizeof(text)), 0);
		assert_int_equal(back.type, facts[i].type);
		again = fact_encode(&back);
		assert_true(json_equal(json, again));
		json_decref(again);
		json_decref(json);
		free(memory);
	}
}

static void a_fact_without_its_needed_fields_is_damaged(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_FACTS; i++) {
		for (const struct field *f = fields_of(facts[i].type); f->name; f++) {
			json_t *json = fact_encode(&facts[i]);
			struct fact back;
			void *memory;
			char text[100];

			json_object_del(json, f->name);
			assert_int_equal(fact_decode(json, &back, &memory, text, sizeof(text)),
					 f->needed ? -EBADMSG : 0);
			free(memory);
			json_object_set_new(json, f->name, json_array());
			assert_true(f->type == FIELD_FRAMES ||
				    fact_decode(json, &back, &memory, text, sizeof(text)) ==
					    -EBADMSG);
			if (f->type != FIELD_FRAMES)
				free(memory);
			json_decref(json);
		}
	}
}

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
			  json[] = "{\"a\":1}\n",
			  missing[] = "{\"locktrace_trace\":1}\n"
				      "{\"end\":true,\"facts\":1}\n";
	struct trace_error error;

	(void)state;
	assert_int_equal(read_text(newer, strlen(newer), &error), -EPROTONOSUPPORT);
	assert_int_equal(read_text(foreign, strlen(foreign), &error), -EMEDIUMTYPE);
	assert_int_equal(read_text(json, strlen(json), &error), -EMEDIUMTYPE);
	assert_int_equal(read_text(missing, strlen(missing), &error), -EBADMSG);
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
		cmocka_unit_test(every_fact_comes_back_as_it_went),
		cmocka_unit_test(a_fact_without_its_needed_fields_is_damaged),
		cmocka_unit_test(a_trace_cut_anywhere_feeds_nothing),
		cmocka_unit_test(foreign_and_newer_files_are_told_apart),
		cmocka_unit_test(a_disk_that_is_full_is_told),
	};

	return cmocka_run_group_tests_name("trace", tests, NULL, NULL);
}
