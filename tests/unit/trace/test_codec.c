// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "all_facts.h"
#include "trace/codec.h"

static void every_fact_comes_back_as_it_went(void **state)
{
	(void)state;
	assert_int_equal(N_FACTS, _FACT_MAX - 1);
	for (size_t i = 0; i < N_FACTS; i++) {
		json_t *json, *again;
		struct fact back;
		void *memory;
		char text[100];

		assert_int_equal(fact_encode(&facts[i], &json), 0);
		assert_int_equal(fact_decode(json, &back, &memory, text, sizeof(text)), 0);
		assert_int_equal(back.type, facts[i].type);
		assert_int_equal(fact_encode(&back, &again), 0);
		assert_true(json_equal(json, again));
		json_decref(again);
		json_decref(json);
		free(memory);
	}
}

/* The same facts with nothing in them that may be left out. */
static void what_may_be_left_out_may_be_left_out(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_FACTS; i++) {
		struct fact bare = facts[i], back;
		json_t *json, *again;
		void *memory;
		char text[100];

		for (const struct field *f = fields_of(bare.type); f->name; f++) {
			if (f->needed)
				continue;
			if (f->type == FIELD_NUMBERS)
				bare.resource.n_state = 0;
			else if (f->type == FIELD_FRAMES)
				bare.stack.n_frames = 0;
			else
				memset((char *)&bare + f->offset, 0,
				       f->type == FIELD_BOOL	 ? sizeof(bool)
				       : f->type == FIELD_STRING ? sizeof(char *)
				       : f->type == FIELD_U64	 ? sizeof(uint64_t)
								 : sizeof(uint32_t));
		}
		assert_int_equal(fact_encode(&bare, &json), 0);
		for (const struct field *f = fields_of(bare.type); f->name; f++)
			assert_int_equal(json_object_get(json, f->name) != NULL, f->needed);
		assert_int_equal(fact_decode(json, &back, &memory, text, sizeof(text)), 0);
		assert_int_equal(fact_encode(&back, &again), 0);
		assert_true(json_equal(json, again));
		json_decref(again);
		json_decref(json);
		free(memory);
	}
}

static int decode_text(const char *line, char *text, size_t size)
{
	json_t *json = json_loads(line, 0, NULL);
	struct fact back;
	void *memory;
	int err;

	assert_non_null(json);
	err = fact_decode(json, &back, &memory, text, size);
	free(memory);
	json_decref(json);
	return err;
}

static void names_that_are_not_text_come_back_byte_for_byte(void **state)
{
	static const char *const names[] = {"\xff\xfe", "caf\xe9", "\x01\x7f", "", "a\xc3"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct fact fact = facts[6], back;
		json_t *json, *read;
		void *memory;
		char text[100], *line;

		assert_int_equal(fact.type, FACT_THREAD);
		fact.thread.comm = names[i];
		assert_int_equal(fact_encode(&fact, &json), 0);
		line = json_dumps(json, JSON_COMPACT);
		read = json_loads(line, 0, NULL);
		assert_int_equal(fact_decode(read, &back, &memory, text, sizeof(text)), 0);
		assert_string_equal(back.thread.comm, names[i]);
		free(line);
		json_decref(read);
		json_decref(json);
	}
}

static void numbers_as_large_as_they_come(void **state)
{
	struct fact fact = {.type = FACT_LOST, .lost = {"x", UINT64_MAX}}, back;
	json_t *json;
	void *memory;
	char text[100];

	(void)state;
	assert_int_equal(fact_encode(&fact, &json), 0);
	assert_int_equal(fact_decode(json, &back, &memory, text, sizeof(text)), 0);
	assert_true(back.lost.count == UINT64_MAX);
	json_decref(json);
}

static void what_is_wrong_is_named(void **state)
{
	static const struct {
		const char *line, *text;
	} bad[] = {
		{"{\"fact\":\"lost\",\"count\":1}", "\"reason\" of the lost fact is missing"},
		{"{\"fact\":\"lost\",\"count\":\"1\",\"reason\":\"x\"}",
		 "\"count\" of the lost fact is not as it must be"},
		{"{\"fact\":\"lost\",\"count\":1,\"reason\":{\"hex\":\"6\"}}",
		 "\"reason\" of the lost fact is not as it must be"},
		{"{\"fact\":\"lost\",\"count\":1,\"reason\":{\"hex\":\"6100\"}}",
		 "\"reason\" of the lost fact is not as it must be"},
		{"{\"fact\":\"lost\",\"count\":1,\"reason\":{}}",
		 "\"reason\" of the lost fact is not as it must be"},
		{"{\"fact\":\"stack\",\"ref\":[1,2]}",
		 "\"ref\" of the stack fact is not as it must be"},
		{"{\"fact\":\"stack\",\"ref\":[1,4294967298,0]}",
		 "\"ref\" of the stack fact is not as it must be"},
		{"{\"fact\":\"stack\",\"ref\":[1,2,0],\"frames\":[{\"line\":-1}]}",
		 "\"line\" of the stack fact is not as it must be"},
		{"{\"fact\":\"stack\",\"ref\":[1,2,0],\"frames\":[3]}",
		 "\"frames\" of the stack fact is not as it must be"},
		{"{\"fact\":\"note\",\"level\":\"shout\",\"text\":\"x\"}",
		 "\"level\" of the note fact is not as it must be"},
		{"{\"fact\":\"\\u001b[2J\"}", "no fact is called \"\\x1b[2J\""},
		{"{\"fact\":3}", "a line is not a fact"},
		{"[1]", "a line is not a fact"},
	};
	char text[160];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(decode_text(bad[i].line, text, sizeof(text)), -EBADMSG);
		assert_string_equal(text, bad[i].text);
	}
}

/* The writer does not write what the reader would refuse. */
static void what_could_not_be_read_is_not_written(void **state)
{
	struct fact bad[] = {
		{.type = FACT_NOTE, .note = {NOTE_INFO, NULL}},
		{.type = FACT_NOTE, .note = {_NOTE_MAX, "x"}},
		{.type = FACT_THREAD, .thread = {.activity = ACT_IO, .doing = "x", .state = 0}},
		{.type = _FACT_MAX},
	};
	json_t *untouched = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(fact_encode(&bad[i], &untouched), -EINVAL);
		assert_null(untouched);
	}
}

static void a_fact_without_its_needed_fields_is_damaged(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_FACTS; i++) {
		for (const struct field *f = fields_of(facts[i].type); f->name; f++) {
			json_t *json;
			struct fact back;
			void *memory;
			char text[100];

			assert_int_equal(fact_encode(&facts[i], &json), 0);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_fact_comes_back_as_it_went),
		cmocka_unit_test(what_may_be_left_out_may_be_left_out),
		cmocka_unit_test(names_that_are_not_text_come_back_byte_for_byte),
		cmocka_unit_test(numbers_as_large_as_they_come),
		cmocka_unit_test(what_is_wrong_is_named),
		cmocka_unit_test(what_could_not_be_read_is_not_written),
		cmocka_unit_test(a_fact_without_its_needed_fields_is_damaged),
	};

	return cmocka_run_group_tests_name("codec", tests, NULL, NULL);
}
