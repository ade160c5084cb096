// SPDX-License-Identifier: GPL-2.0
/*
 * The pages of the rules against the rules, and against the form that those
 * who print them know. With --print: the table of docs/rules.md as it must be.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/rules.h"
#include "report/page.h"

#define BEGIN "<!-- rules: begin -->\n"
#define END   "<!-- rules: end -->"

#define LINES_MIN 25
#define LINES_MAX 60
#define WIDTH	  79
#define WIDE	  76 /* drawings and commands: they are moved in */

static const char *const headings[] = {
	"What it means",    "The graph",  "How it comes about",
	"How to confirm",   "How to fix", "How sure locktrace is",
	"What looks alike",
};

#define N_HEADINGS (sizeof(headings) / sizeof(headings[0]))

static const struct rule *find_rule(const char *name)
{
	for (size_t i = 0; i < n_rules; i++) {
		if (!strcmp(rules[i].name, name))
			return &rules[i];
	}
	return NULL;
}

static void each_rule_has_a_page_and_each_page_a_rule(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_rules; i++) {
		if (!page_find(rules[i].name))
			fail_msg("rule without a page: write docs/rules/%s.md", rules[i].name);
	}
	for (const struct page *p = rule_pages; p->rule; p++) {
		if (!find_rule(p->rule))
			fail_msg("page without a rule: docs/rules/%s.md", p->rule);
	}
	assert_null(page_find("no-such-rule"));
	assert_null(page_find(""));
}

/* ---- Form ---- */

struct form {
	const char *rule;
	size_t lines, headings;
	bool verbatim, drawn;
};

static void check_line(struct form *f, const char *line, size_t n)
{
	size_t ticks = 0;

	f->lines++;
	if (n > (f->verbatim ? WIDE : WIDTH) || (n && line[n - 1] == ' '))
		fail_msg("%s: line %zu is too long, or ends in a blank", f->rule, f->lines);
	for (size_t i = 0; i < n; i++) {
		ticks += line[i] == '`';
		if (line[i] < ' ' || line[i] > '~')
			fail_msg("%s: line %zu is not plain ASCII", f->rule, f->lines);
	}
	if (!strncmp(line, "```", 3)) {
		f->verbatim = !f->verbatim;
		f->drawn |= f->headings == 2;
		return;
	}
	if (f->verbatim)
		return;
	if (ticks % 2 || strstr(line, "**") == line)
		fail_msg("%s: line %zu: a mark that is not closed, or not known", f->rule,
			 f->lines);
	if (strncmp(line, "## ", 3) != 0)
		return;
	if (f->headings == N_HEADINGS || n - 3 != strlen(headings[f->headings]) ||
	    strncmp(line + 3, headings[f->headings], n - 3) != 0)
		fail_msg("%s: line %zu: the headings are others, or in another order", f->rule,
			 f->lines);
	f->headings++;
}

static void each_page_has_the_same_form(void **state)
{
	(void)state;
	for (const struct page *p = rule_pages; p->rule; p++) {
		struct form f = {.rule = p->rule};
		char begin[64];
		size_t title;

		snprintf(begin, sizeof(begin), "# %s: ", p->rule);
		if (strncmp(p->text, begin, strlen(begin)) != 0)
			fail_msg("%s: does not begin with \"%s\"", p->rule, begin);
		page_title(p, &title);
		if (title < 10 || title > 68)
			fail_msg("%s: the title is too long, or too short", p->rule);
		for (const char *line = p->text; *line; line += strcspn(line, "\n") + 1)
			check_line(&f, line, strcspn(line, "\n"));
		if (f.headings != N_HEADINGS || f.verbatim || !f.drawn)
			fail_msg("%s: a heading, the drawing or the end of one is missing",
				 p->rule);
		if (f.lines < LINES_MIN || f.lines > LINES_MAX)
			fail_msg("%s: has %zu lines", p->rule, f.lines);
	}
}

/* `in this` may be the name of a rule: then it has to be one. */
static void pages_name_no_rule_that_is_not_there(void **state)
{
	(void)state;
	for (const struct page *p = rule_pages; p->rule; p++) {
		for (const char *at = p->text; (at = strstr(at, "rule=")); at += 5) {
			char name[64];

			assert_int_equal(sscanf(at, "rule=%63[a-z-]", name), 1);
			if (!find_rule(name))
				fail_msg("%s names the rule %s", p->rule, name);
		}
	}
}

/* ---- For people ---- */

static char *printed(const char *text, bool color)
{
	const struct page page = {"x", text};
	char *ret = NULL;
	size_t size;
	struct render out = {.out = open_memstream(&ret, &size), .options.color = color};

	assert_non_null(out.out);
	page_print(&out, &page);
	fclose(out.out);
	return ret;
}

static void a_page_on_paper_and_on_a_terminal(void **state)
{
	static const char text[] = "# x: a title\n\n## Head\nsome `code` here\n* an item\n"
				   "```\na --> `b`\n\n# c\n```\nend\n";
	char *plain = printed(text, false), *color = printed(text, true);

	(void)state;
	assert_string_equal(plain, "x: a title\n\nHead\nsome `code` here\n* an item\n"
				   "    a --> `b`\n\n    # c\nend\n");
	assert_string_equal(color, "\033[1mx: a title\033[0m\n\n\033[1mHead\033[0m\n"
				   "some \033[1mcode\033[0m here\n* an item\n"
				   "    a --> `b`\n\n    # c\nend\n");
	free(plain);
	free(color);
}

/* ---- In reports ---- */

static char *rendered_as(const char *format, enum report_event event, const char *rule, bool whole)
{
	static const struct fact_session session = {.version = "1", .target = "x"};
	const struct report r = {.session = &session,
				 .event = event,
				 .signature = "0123456789abcdef",
				 .rule = rule,
				 .title = "a title",
				 .certainty = CERTAINTY_LIKELY,
				 .summary = "A summary.",
				 .advice = "Advice.",
				 .since_quality = SINCE_EXACT,
				 .life.first = REPORT_NONE};
	char *ret = NULL;
	size_t size;
	struct render render = {.out = open_memstream(&ret, &size), .options.whole = whole};
	struct engine_out out;

	assert_non_null(render.out);
	renderer_out(renderer_find(format), &render, &out);
	assert_int_equal(out.report(out.ctx, &r), 0);
	fclose(render.out);
	return ret;
}

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && !strcmp(text + n - m, end);
}

static char *rendered(const char *format, enum report_event event, const char *rule)
{
	return rendered_as(format, event, rule, false);
}

static void a_report_ends_with_the_line_that_names_its_page(void **state)
{
	char *text = rendered("text", EVENT_OPENED, "queue-full");
	char *over = rendered("text", EVENT_RESOLVED, "queue-full");

	(void)state;
	assert_true(ends_with(text, "  signature: 0123456789abcdef\n"
				    "  in short: Advice.\n"
				    "  what to do: locktrace explain queue-full\n"));
	/* there is nothing left to do */
	assert_null(strstr(over, "explain"));
	free(text);
	free(over);
}

/* A spool has nothing but the newest state: that it goes on or is over must not be all it tells. */
static void what_was_kept_is_told_whole_whatever_came_of_it(void **state)
{
	static const enum report_event events[] = {EVENT_ESCALATED, EVENT_REOPENED,
						   EVENT_MERGED,    EVENT_SUPPRESSED,
						   EVENT_CHANGED,   EVENT_RESOLVED};

	(void)state;
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		char *text = rendered_as("text", events[i], "queue-full", true);
		char *html = rendered_as("html", events[i], "queue-full", true);

		assert_non_null(strstr(text, "A summary."));
		assert_non_null(strstr(text, "in short: Advice.\n"));
		assert_non_null(strstr(html, "A summary."));
		assert_non_null(strstr(html, "Advice."));
		free(text);
		free(html);
	}
}

static void an_html_report_has_the_page_in_it(void **state)
{
	char *html = rendered("html", EVENT_OPENED, "queue-full");
	/* of a report that a newer locktrace made */
	char *newer = rendered("html", EVENT_OPENED, "no-such<rule>");

	(void)state;
	assert_non_null(strstr(html, "<summary>queue-full: a message queue is full"));
	assert_non_null(strstr(html, "<h4>How to confirm</h4>"));
	assert_non_null(strstr(html, "--&gt;"));
	assert_null(strstr(newer, "<rule>"));
	free(html);
	free(newer);
}

/* ---- docs/rules.md ---- */

static char *table(void)
{
	size_t size = 0, n;
	char *text = NULL;
	FILE *f = open_memstream(&text, &size);

	fputs("| rule | what it is |\n| --- | --- |\n", f);
	for (const struct page *p = rule_pages; p->rule; p++) {
		const char *title = page_title(p, &n);

		fprintf(f, "| [%s](rules/%s.md) | %.*s |\n", p->rule, p->rule, (int)n, title);
	}
	fclose(f);
	return text;
}

static void the_table_is_made_of_the_pages(void **state)
{
	FILE *f = fopen("docs/rules.md", "r");
	size_t size = 0;
	char *docs = NULL, *made = table(), *begin, *end;

	(void)state;
	assert_non_null(f);
	assert_true(getdelim(&docs, &size, '\0', f) > 0);
	fclose(f);
	begin = strstr(docs, BEGIN);
	assert_non_null(begin);
	begin += strlen(BEGIN);
	end = strstr(begin, END);
	assert_non_null(end);
	*end = '\0';
	if (strcmp(begin, made) != 0)
		fail_msg("the table in docs/rules.md is not that of the pages: tools/rules-table");
	free(docs);
	free(made);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_rule_has_a_page_and_each_page_a_rule),
		cmocka_unit_test(each_page_has_the_same_form),
		cmocka_unit_test(pages_name_no_rule_that_is_not_there),
		cmocka_unit_test(a_page_on_paper_and_on_a_terminal),
		cmocka_unit_test(a_report_ends_with_the_line_that_names_its_page),
		cmocka_unit_test(what_was_kept_is_told_whole_whatever_came_of_it),
		cmocka_unit_test(an_html_report_has_the_page_in_it),
		cmocka_unit_test(the_table_is_made_of_the_pages),
	};

	if (argc == 2 && !strcmp(argv[1], "--print")) {
		char *made = table();

		fputs(made, stdout);
		free(made);
		return 0;
	}
	return cmocka_run_group_tests_name("pages", tests, NULL, NULL);
}
