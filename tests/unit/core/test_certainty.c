// SPDX-License-Identifier: GPL-2.0
/* How sure a report is, and that docs/certainty.md says just that. */
#include "story.h"

#define SLOW                                                                                       \
	"process 1 p\nlock M\nthread 1/10 h sleeping\nM is held by 1/10\n"                         \
	"waits 1/11 for M since 100\nwaits 1/12 for M since 110\n"                                 \
	"waits 1/13 for M since 120\n"

/* ---- The table ---- */

#define COLUMN 32

struct row {
	char evidence[COLUMN], reread[COLUMN], lost[COLUMN], certainty[COLUMN];
};

/* What a story of this row ends in. */
static void play(const struct row *row, char certainty[COLUMN])
{
	bool reread = is(row->reread, "yes");
	struct story *s = story_new(!reread);
	char look[512], event[COLUMN], rule[COLUMN];

	snprintf(look, sizeof(look),
		 "process 1 p\nlock M\nM is held by 1/10 %s\nthread 1/10 h sleeping\n"
		 "waits 1/11 for M since 100\n%s",
		 row->evidence,
		 is(row->lost, "events")  ? "lost waits-full 12\n"
		 : is(row->lost, "reads") ? "lost describe-failed 1\n"
					  : "");
	story_look(s, 1200, look);
	if (reread)
		story_look(s, 1300, look);
	story_end(s, 1400);
	assert_int_equal(sscanf(story_told(s), "%31s %31s %31[a-z]", event, rule, certainty), 3);
	assert_true(is(certainty, "certain") || s->doubts[0][0]);
	story_free(s);
}

static bool read_row(FILE *f, struct row *row)
{
	char line[512];

	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "| %31[a-z] | %31[a-z] | %31[a-z] | %31[a-z] |", row->evidence,
			   row->reread, row->lost, row->certainty) == 4)
			return true;
	}
	return false;
}

/* Tests are run where the Makefile is. */
static void the_table_in_the_documentation_is_true(void **state)
{
	FILE *f = fopen("docs/certainty.md", "re");
	size_t n = 0, evidences = 0;
	char seen[64][3 * COLUMN];
	struct row row;

	(void)state;
	assert_non_null(f);
	for (; read_row(f, &row); n++) {
		char certainty[COLUMN];

		play(&row, certainty);
		if (!is(row.certainty, certainty))
			fail_msg("%s, %s, %s is %s, not %s", row.evidence, row.reread, row.lost,
				 certainty, row.certainty);
		assert_true(n < 64);
		snprintf(seen[n], sizeof(seen[n]), "%s %s %s", row.evidence, row.reread, row.lost);
		for (size_t i = 0; i < n; i++)
			assert_string_not_equal(seen[i], seen[n]);
	}
	fclose(f);
	for (unsigned int e = 1; e < _EVIDENCE_MAX; e++)
		evidences += word_evidence(e) != NULL;
	assert_int_equal(n, evidences * 2 * 3);
}

/* ---- Steps that were read once ---- */

static void a_circle_that_has_just_closed_was_read_once(void **state)
{
	struct story *s = story_new(false);
	const char *slow = "process 1 p\nlock M\nthread 1/10 h sleeping\nM is held by 1/10\n"
			   "waits 1/11 for M since 100\n";
	const char *circle = "process 1 p\nlock M\nlock N\nM is held by 1/10\nN is held by 1/11\n"
			     "waits 1/11 for M since 100\nwaits 1/10 for N since 1350\n";

	(void)state;
	story_look(s, 1200, slow);
	story_look(s, 1300, slow);
	story_look(s, 3400, circle);
	assert_told_begins(s, "opened slow-holder certain");
	assert_told_begins(s, "changed deadlock likely");
	assert_string_equal(s->doubts[1],
			    "Who waits for lock N, and who holds it, was read once so far.");
	story_free(s);
}

/* ---- Waits with a time limit ---- */

static void who_tries_again_may_give_up(void **state)
{
	struct story *s = story_new(false);
	const char *circle = "process 1 p\nlock M\nlock N\nM is held by 1/10\nN is held by 1/11\n"
			     "waits 1/11 for M since 100\nwaits 1/10 for N since 100 tries 5\n";

	(void)state;
	story_look(s, 1200, circle);
	story_look(s, 1300, circle);
	assert_told_begins(s, "opened deadlock likely");
	assert_string_equal(s->doubts[0],
			    "Not all of them wait without a time limit: who tries again and again "
			    "may yet give up, and let go.");
	story_free(s);
}

/* ---- Losses ---- */

static void losses_lower_the_certainty(void **state)
{
	static const struct {
		const char *lost, *begin, *doubt;
	} cases[] = {
		{"lost waits-full 3\n",
		 "opened slow-holder likely:", "3 events were lost while it lasted (waits-full)."},
		{"lost read-timeout 1\nlost describe-failed 1\nlost scan-short 2\n",
		 "opened slow-holder likely:",
		 "2 threads could not be looked at while it lasted (scan-short)."},
		/* what could not be read was not needed, or not for this */
		{"lost describe-failed 1\n", "opened slow-holder certain:", ""},
		{"lost read-timeout 1\n", "opened slow-holder certain:", ""},
		/* who may not be looked at holds nothing that was read */
		{"lost scan-denied 7\n", "opened slow-holder certain:", ""},
		{"lost stack-failed 3\n", "opened slow-holder certain:", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct story *s = story_new(false);
		char look[1024];

		snprintf(look, sizeof(look), "%s%s", SLOW, cases[i].lost);
		story_look(s, 1200, look);
		story_look(s, 1300, look);
		assert_told_begins(s, cases[i].begin);
		assert_string_equal(s->doubts[0], cases[i].doubt);
		story_free(s);
	}
}

static void what_was_lost_before_it_began_does_not_concern_a_stall(void **state)
{
	struct story *s = story_new(false);

	(void)state;
	story_look(s, 50, "lost waits-full 3\n");
	story_look(s, 1200, SLOW "lost waits-full 3\n");
	story_look(s, 1300, SLOW "lost waits-full 3\n");
	assert_told_begins(s, "opened slow-holder certain:");
	story_free(s);
}

static void only_what_was_lost_while_it_lasted_is_counted(void **state)
{
	struct story *s = story_new(false);
	char lost[64];

	(void)state;
	/* more often than is remembered, and then once */
	for (int i = 1; i <= 50; i++) {
		snprintf(lost, sizeof(lost), "lost waits-full %d\n", i);
		story_look(s, (uint64_t)i, lost);
	}
	story_look(s, 1200, SLOW "lost waits-full 62\n");
	story_look(s, 1300, SLOW "lost waits-full 62\n");
	assert_told_begins(s, "opened slow-holder likely:");
	assert_string_equal(s->doubts[0], "12 events were lost while it lasted (waits-full).");
	story_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_in_the_documentation_is_true),
		cmocka_unit_test(a_circle_that_has_just_closed_was_read_once),
		cmocka_unit_test(who_tries_again_may_give_up),
		cmocka_unit_test(losses_lower_the_certainty),
		cmocka_unit_test(only_what_was_lost_while_it_lasted_is_counted),
		cmocka_unit_test(what_was_lost_before_it_began_does_not_concern_a_stall),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
