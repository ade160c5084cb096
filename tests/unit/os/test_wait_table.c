// SPDX-License-Identifier: GPL-2.0
/* Tables of wait sites: what a line may be, which file counts, and what hostile names cost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../../user/os/wait_table.h"

static void patterns_match(void **state)
{
	(void)state;
	assert_true(wait_table_matches("a*c", "abbc"));
	assert_true(wait_table_matches("a?c*", "abc"));
	assert_true(wait_table_matches("*wait*", "void std::__wait<int>"));
	assert_true(wait_table_matches("*", ""));
	assert_true(wait_table_matches("[a]", "[a]"));
	assert_false(wait_table_matches("a*c", "abcd"));
	assert_false(wait_table_matches("", "a"));
	assert_false(wait_table_matches("a", ""));
	assert_true(wait_table_matches("*ab*ab", "abaab ab"));
}

/* By backtracking this would not end in a lifetime. */
static void hostile_names_cost_little(void **state)
{
	char name[1024];

	(void)state;
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_false(wait_table_matches("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", name));
}

static int parse(const char *text, struct wait_site *ret)
{
	static char line[256];
	const char *why = NULL;
	int r;

	snprintf(line, sizeof(line), "%s", text);
	r = wait_table_parse(line, ret, &why);
	assert_true(r >= 0 || why);
	return r;
}

static void lines_are_read(void **state)
{
	struct wait_site s;

	(void)state;
	assert_int_equal(parse("", &s), 0);
	assert_int_equal(parse("  # lock", &s), 0);
	assert_int_equal(parse("\tlock  my::Spin::lock*   *  my lib:  Spin, to write  ", &s), 1);
	assert_int_equal(s.use, USE_LOCK);
	assert_string_equal(s.function, "my::Spin::lock*");
	assert_string_equal(s.module, "*");
	assert_string_equal(s.library, "my lib");
	assert_string_equal(s.what, "Spin, to write");
	assert_int_equal(parse("pool * libx.so* x: work", &s), 1);
	assert_int_equal(s.use, USE_POOL);
	assert_int_equal(parse("via my::sleep* * x: wait", &s), 1);
	assert_int_equal(s.use, USE_VIA);
}

static void wrong_lines_are_refused(void **state)
{
	static const char *const lines[] = {
		"locks a * l: w",
		"lock",
		"lock a",
		"lock a *",
		"lock a * l",
		"lock a * l:",
		"lock a * : w",
		"lock * * l: w",
		"park a nginx l: w",
		"pool ** * l: w",
		"park a\x01 * l: w",
	};
	struct wait_site s;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		assert_int_equal(parse(lines[i], &s), -EINVAL);
}

static void put_file(const char *dir, const char *name, const char *text, mode_t mode)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(chmod(path, mode), 0);
}

static bool has_news(const struct wait_table *t, const char *part, bool wrong)
{
	struct wait_table_news news;

	for (size_t i = 0; wait_table_news(t, i, &news); i++) {
		if (strstr(news.text, part) && news.wrong == wrong)
			return true;
	}
	return false;
}

static void drop_dir(const char *dir)
{
	static const char *const names[] = {"a.txt", "b.txt", "c.txt", "d.conf"};
	char path[256];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	rmdir(dir);
}

static void users_files_come_first(void **state)
{
	char dir[] = "/tmp/wait-table-XXXXXX";
	const struct wait_site *s;
	struct wait_table *t;

	(void)state;
	assert_non_null(mkdtemp(dir));
	put_file(dir, "b.txt", "park take_gil* * b: no\nnonsense\n", 0644);
	put_file(dir, "a.txt", "lock take_gil* * a: yes", 0644);
	put_file(dir, "c.txt", "lock x * c: anybody wrote this\n", 0666);
	put_file(dir, "d.conf", "lock y * d: not a table\n", 0644);
	assert_int_equal(wait_table_new("/nonexistent", dir, &t), 0);
	s = wait_table_find(t, true, "take_gil", "python3");
	assert_non_null(s);
	assert_string_equal(s->library, "a");
	assert_true(s->users && wait_table_has_locks(t));
	assert_string_equal(wait_table_find(t, false, "take_gil", "python3")->library, "CPython");
	assert_null(wait_table_find(t, true, "x", "prog"));
	assert_null(wait_table_find(t, true, "y", "prog"));
	assert_true(has_news(t, "a.txt: 1 line", false));
	assert_true(has_news(t, "b.txt:2: it begins with neither", true));
	assert_true(has_news(t, "c.txt: not read: others than its owner", true));
	wait_table_free(t);
	drop_dir(dir);
}

/* Installed, the file is it; the one within the program is not read then. */
static void the_installed_file_is_read(void **state)
{
	char dir[] = "/tmp/wait-table-XXXXXX", path[64];
	struct wait_table *t;

	(void)state;
	assert_non_null(mkdtemp(dir));
	put_file(dir, "a.txt", "pool only_this * l: w\n", 0644);
	snprintf(path, sizeof(path), "%s/a.txt", dir);
	assert_int_equal(wait_table_new(path, "/nonexistent", &t), 0);
	assert_non_null(wait_table_find(t, false, "only_this", NULL));
	assert_null(wait_table_find(t, false, "take_gil", NULL));
	assert_false(wait_table_has_locks(t));
	wait_table_free(t);
	drop_dir(dir);
}

static void the_embedded_table_is_right(void **state)
{
	struct wait_table_news news;
	struct wait_table *t;

	(void)state;
	assert_int_equal(wait_table_new("/nonexistent", "/nonexistent", &t), 0);
	for (size_t i = 0; wait_table_news(t, i, &news); i++)
		assert_false(news.wrong);
	assert_non_null(wait_table_find(t, false, "folly::LifoSemImpl::wait", "prog"));
	wait_table_free(t);
}

/* Rubbish of any kind is refused, and not all of it is told. */
static void rubbish_is_refused(void **state)
{
	char dir[] = "/tmp/wait-table-XXXXXX", path[64], text[4096];
	struct wait_table_news news;
	struct wait_table *t;
	size_t n = 0;

	(void)state;
	assert_non_null(mkdtemp(dir));
	for (size_t i = 0; i < sizeof(text) - 1; i++)
		text[i] = i % 7 == 6 ? '\n' : (char)(1 + i * 31 % 255);
	text[sizeof(text) - 1] = '\0';
	put_file(dir, "a.txt", text, 0644);
	snprintf(path, sizeof(path), "%s/a.txt", dir);
	assert_int_equal(wait_table_new("/nonexistent", path, &t), 0);
	while (wait_table_news(t, n, &news))
		n++;
	assert_true(n > 10 && n <= 32);
	wait_table_free(t);
	drop_dir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns_match),
		cmocka_unit_test(hostile_names_cost_little),
		cmocka_unit_test(lines_are_read),
		cmocka_unit_test(wrong_lines_are_refused),
		cmocka_unit_test(users_files_come_first),
		cmocka_unit_test(the_installed_file_is_read),
		cmocka_unit_test(the_embedded_table_is_right),
		cmocka_unit_test(rubbish_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
