// SPDX-License-Identifier: GPL-2.0
/*
 * HTML reports as text: that they are whole, ask for nothing, and that nothing
 * of a stranger's becomes a part of them. With --pages DIR: writes those that
 * are to be looked at by a browser.
 */
#include "written.h"

static void a_page_is_whole(void **state)
{
	char *page = page_of_story(TWO_STUCK), *empty = page_of_story("");

	(void)state;
	assert_whole(page);
	assert_whole(empty);
	free(page);
	free(empty);
}

static void a_page_without_anything_to_tell_is_whole(void **state)
{
	struct written w;
	char *page;

	(void)state;
	begin(&w, NULL);
	page = end(&w);
	assert_whole(page);
	assert_non_null(strstr(page, "Nothing is stuck."));
	free(page);
}

static void a_page_that_was_not_ended_leaves_nothing_behind(void **state)
{
	struct pictured d;
	struct written w;

	(void)state;
	begin(&w, pictured(&d, TWO_STUCK)->session);
	tell(&w, &d.report);
	render_close(&w.render);
	fclose(w.render.out);
	free(w.s);
	pictured_free(&d);
}

static const char hostile[] =
	"</script></title></style><img/src=x/onerror=alert(1)>\"><svg/onload="
	"alert(2)>'--><!--\xe2\x80\xae\xe2\x81\xa6\xd8\x9c\xff\xc3\x1b[2J\n\t&lt;";

static struct report hostile_report(struct pictured *d)
{
	static const struct fact_frame frames[] = {
		{.symbol = hostile, .module = hostile, .file = hostile, .build_id = hostile},
		{.module = hostile, .build_id = hostile, .guessed = true},
		{.symbol = hostile, .module = "[kernel]", .inlined = true, .interrupted = true},
	};
	static const struct report_stack stack = {frames, 3, false, hostile};
	static const struct fact_lost lost = {hostile, 3};
	static const char *const doubts[] = {hostile};
	struct report r;

	pictured(d, "root agentd\nwaiting logger for queue\nlock queue by agentd\n");
	d->session = (struct fact_session){.version = hostile,
					   .host = hostile,
					   .kernel = hostile,
					   .via = hostile,
					   .hooks = hostile,
					   .target = hostile};
	for (size_t i = 0; i < d->report.n_threads; i++) {
		d->threads[i].fact.comm = d->threads[i].fact.doing = hostile;
		d->threads[i].process = d->threads[i].exe = d->threads[i].unit = hostile;
		d->threads[i].wait.verb = hostile;
		d->threads[i].stack = 0;
	}
	d->resources[0].fact.name = d->resources[0].fact.detail = hostile;
	d->holders[0].fact.why = d->holders[0].fact.taken_at = hostile;
	d->holders[0].fact.taken_wall_ns = 5000 * PICTURED_MS;
	r = d->report;
	r.rule = r.title = r.summary = r.advice = hostile;
	snprintf(r.id, sizeof(r.id), "\"><b id=x>");
	snprintf(r.signature, sizeof(r.signature), "\"><i id=x>");
	r.stacks = &stack;
	r.n_stacks = 1;
	r.lost = &lost;
	r.n_lost = 1;
	r.doubts = doubts;
	r.n_doubts = 1;
	return r;
}

static char *hostile_page(void)
{
	static const enum report_event events[] = {EVENT_OPENED, EVENT_CHANGED, EVENT_RESOLVED,
						   EVENT_MERGED, EVENT_SUPPRESSED};
	struct pictured d;
	struct report r = hostile_report(&d);
	struct written w;
	char *page;

	begin(&w, r.session);
	w.out.note(w.out.ctx, &(struct fact_note){NOTE_WARNING, hostile});
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		r.event = events[i];
		r.life.change = r.event == EVENT_CHANGED ? CHANGE_ROOT : 0;
		r.life.first = r.event == EVENT_RESOLVED ? 0 : REPORT_NONE;
		r.life.first_how = hostile;
		snprintf(r.life.into, sizeof(r.life.into), "\"><u id=x>");
		tell(&w, &r);
	}
	page = end(&w);
	pictured_free(&d);
	return page;
}

static void nothing_of_a_strangers_is_a_part_of_the_page(void **state)
{
	static const char *const never[] = {
		"<script",	"<img",	   "</script", "onload=alert(2)>'",
		"<!--",		"<b id",   "<i id",    "<u id",
		"\x1b",		"\t&lt;",  "\xff",     "\xe2\x80\xae",
		"\xe2\x81\xa6", "\xd8\x9c"};
	char *page = hostile_page();

	(void)state;
	assert_whole(page);
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
		if (strstr(page + strlen("<!DOCTYPE html>"), never[i]))
			fail_msg("a stranger's %s is in the page", never[i]);
	}
	/* it can be read, all the same */
	assert_non_null(strstr(page, "&lt;img/src=x/onerror=alert(1)&gt;&quot;&gt;"));
	assert_non_null(strstr(page, "\\xe2\\x80\\xae\\xe2\\x81\\xa6\\xd8\\x9c\\xff\\xc3\\x1b[2J"));
	free(page);
}

static void a_page_asks_for_nothing(void **state)
{
	static const char *const never[] = {
		"<script", " style=", " src=",	 "javascript:", "@import",
		"<link",   "<base",   "<iframe", "<object"};
	char *page = page_of_story(TWO_STUCK), *at;

	(void)state;
	assert_non_null(strstr(page, "content=\"default-src 'none'; style-src 'sha256-"));
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		assert_null(strstr(page, never[i]));
	/* links, and the heads of arrows, lead into the page itself */
	for (at = page; (at = strstr(at, "href=\"")); at++)
		assert_int_equal(at[6], '#');
	for (at = page; (at = strstr(at, "url(")); at++)
		assert_int_equal(at[4], '#');
	free(page);
}

/* ---- For a browser ---- */

static char *crowd(void)
{
	char *story = NULL, *page;
	size_t size;
	FILE *out = open_memstream(&story, &size);

	fputs("cycle c0 for k1\ncycle c1 for k2\ncycle c2 for k0\n", out);
	for (int i = 0; i < 400; i++)
		fprintf(out, "waiting a-thread-with-a-name-that-is-long-%d for k%d\n", i, i % 40);
	for (int i = 3; i < 40; i++)
		fprintf(out, "holder h%d for k%d\n", i, i / 2);
	fputs("lock k0 by c0\nlock k1 by c1\nlock k2 by c2 inferred\n", out);
	for (int i = 3; i < 40; i++)
		fprintf(out, "lock k%d by h%d\n", i, i);
	fclose(out);
	page = page_of_story(story);
	free(story);
	return page;
}

static int write_page(const char *dir, const char *name, char *page)
{
	char path[512];
	FILE *out;
	bool whole;

	snprintf(path, sizeof(path), "%s/%s.html", dir, name);
	out = fopen(path, "we");
	if (!out)
		return 1;
	whole = fputs(page, out) >= 0;
	free(page);
	return fclose(out) != 0 || !whole;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_page_is_whole),
		cmocka_unit_test(a_page_without_anything_to_tell_is_whole),
		cmocka_unit_test(a_page_that_was_not_ended_leaves_nothing_behind),
		cmocka_unit_test(nothing_of_a_strangers_is_a_part_of_the_page),
		cmocka_unit_test(a_page_asks_for_nothing),
	};

	if (argc == 3 && !strcmp(argv[1], "--pages"))
		return write_page(argv[2], "hostile", hostile_page()) |
		       write_page(argv[2], "crowd", crowd());
	return cmocka_run_group_tests_name("html", tests, NULL, NULL);
}
