// SPDX-License-Identifier: GPL-2.0
/* What an HTML report says, and in which order. */
#include "written.h"

static void assert_in_order(const char *page, const char *const *texts)
{
	for (const char *at = page; *texts; texts++) {
		const char *found = strstr(at, *texts);

		if (!found)
			fail_msg("%s is not there, or not in its place", *texts);
		else
			at = found;
	}
}

static void times_are_told_from_the_first_to_the_report(void **state)
{
	char *page = page_of_story(TWO_STUCK);

	(void)state;
	assert_in_order(page, (const char *const[]){
				      "<h3>When</h3>",
				      /* of these it is not known, so it may have been the first */
				      "not known</span> <bdi>3 logger",
				      "00:00:02.0</span> <bdi>2 dispatcher", "at least",
				      "class=\"before\"", "00:00:04.0</span> <bdi>4 other",
				      "00:01:40.0</span> reported", NULL});
	free(page);
}

static void words_are_in_the_order_of_the_picture(void **state)
{
	char *page = page_of_story(TWO_STUCK);

	(void)state;
	assert_in_order(page, (const char *const[]){"<ol class=\"steps\">", "3 logger", "4 other",
						    "queue</bdi>", "2 dispatcher", "inferred",
						    "2 dispatcher", "socket</bdi>", "1 agentd",
						    "exact", "asleep", NULL});
	free(page);
}

static void what_is_proven_is_told_from_what_is_not(void **state)
{
	char *page = page_of_story(TWO_STUCK);

	(void)state;
	assert_non_null(strstr(page, "class=\"edge unsure\""));
	assert_non_null(strstr(page, "Dashed is not proven."));
	assert_null(strstr(page, "The circle is red."));
	free(page);
	page = page_of_story("cycle a for B\ncycle b for A\nlock A by a\nlock B by b\n");
	assert_null(strstr(page, "class=\"edge unsure\""));
	assert_non_null(strstr(page, "The circle is red."));
	free(page);
}

static void several_stalls_are_listed(void **state)
{
	struct pictured d;
	struct report r = *pictured(&d, TWO_STUCK);
	struct written w;
	char *page;

	(void)state;
	begin(&w, r.session);
	tell(&w, &r);
	snprintf(r.id, sizeof(r.id), "second");
	tell(&w, &r);
	r.event = EVENT_RESOLVED;
	tell(&w, &r);
	/* of others, that were not told of: it is over all the same */
	r.event = EVENT_SUPPRESSED;
	tell(&w, &r);
	page = end(&w);
	assert_whole(page);
	assert_in_order(page,
			(const char *const[]){"slot=\"overview\"", ">open<", "0123456789",
					      "href=\"#s1\"", ">over<", "second", "href=\"#s2\"",
					      "href=\"#s3\"", "href=\"#s4\"", "</nav>", NULL});
	free(page);
	page = page_of(&r);
	assert_null(strstr(page, "slot=\"overview\""));
	free(page);
	pictured_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_told_from_the_first_to_the_report),
		cmocka_unit_test(words_are_in_the_order_of_the_picture),
		cmocka_unit_test(what_is_proven_is_told_from_what_is_not),
		cmocka_unit_test(several_stalls_are_listed),
	};

	return cmocka_run_group_tests_name("html words", tests, NULL, NULL);
}
