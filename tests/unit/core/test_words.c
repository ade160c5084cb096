// SPDX-License-Identifier: GPL-2.0
/* Every enum has its words, and they lead back. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "core/words.h"

#define ALL(type, max, to)                                                                         \
	for (type v = 1; v < (max); v++) {                                                         \
		assert_non_null(to(v));                                                            \
		assert_string_not_equal(to(v), "");                                                \
	}

#define BOTH_WAYS(type, max, to, from)                                                             \
	do {                                                                                       \
		ALL(type, max, to)                                                                 \
		for (type v = 1; v < (max); v++)                                                   \
			assert_int_equal(from(to(v)), v);                                          \
		assert_int_equal(from("nonsense"), 0);                                             \
		assert_int_equal(from(""), 0);                                                     \
		assert_int_equal(from(NULL), 0);                                                   \
		assert_null(to(0));                                                                \
		assert_null(to(max));                                                              \
	} while (0)

static void words_lead_back(void **state)
{
	(void)state;
	BOTH_WAYS(enum fact_type, _FACT_MAX, word_fact, fact_from_word);
	BOTH_WAYS(enum wait_class, _CLASS_MAX, word_class, class_from_word);
	BOTH_WAYS(enum evidence, _EVIDENCE_MAX, word_evidence, evidence_from_word);
}

static void more_words_lead_back(void **state)
{
	(void)state;
	BOTH_WAYS(enum since_quality, _SINCE_MAX, word_since, since_from_word);
	BOTH_WAYS(enum activity, _ACT_MAX, word_activity, activity_from_word);
}

static void the_other_words_lead_back(void **state)
{
	(void)state;
	BOTH_WAYS(enum note_level, _NOTE_MAX, word_note, note_from_word);
	BOTH_WAYS(enum frame_how, _FRAME_HOW_MAX, word_frame_how, frame_how_from_word);
}

static void reports_have_the_words_of_their_format(void **state)
{
	(void)state;
	ALL(enum certainty, _CERTAINTY_MAX, word_certainty)
	assert_string_equal(word_event(EVENT_OPENED), "opened");
	assert_string_equal(word_event(EVENT_CHANGED), "changed");
	assert_string_equal(word_event(EVENT_RESOLVED), "resolved");
	assert_string_equal(word_event(EVENT_SNAPSHOT), "snapshot");
	assert_string_equal(word_role(ROLE_ROOT), "root");
	assert_string_equal(word_role(ROLE_CYCLE), "cycle");
	assert_string_equal(word_role(ROLE_HOLDER), "holder");
	assert_string_equal(word_role(ROLE_WAITING), "waiting");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_lead_back),
		cmocka_unit_test(more_words_lead_back),
		cmocka_unit_test(the_other_words_lead_back),
		cmocka_unit_test(reports_have_the_words_of_their_format),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
