// SPDX-License-Identifier: GPL-2.0
/* Replays into a spool, and what `locktrace report` says of it then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands.h"
#include "exit_status.h"

#define WORDS_MAX 16

static char said[256 * 1024];

/* Runs it with these words, and takes what it writes to standard output. */
static int run(int (*cmd)(int argc, char **argv), const char *dir, const char *words)
{
	char copy[256], *argv[WORDS_MAX + 4], *save = NULL;
	FILE *file = tmpfile();
	int argc = 0, status, out = dup(STDOUT_FILENO);
	size_t n;

	assert_non_null(file);
	argv[argc++] = "locktrace";
	snprintf(copy, sizeof(copy), "%s", words);
	for (char *w = strtok_r(copy, " ", &save); w && argc < WORDS_MAX;
	     w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	argv[argc++] = "--spool";
	argv[argc++] = (char *)dir;
	argv[argc] = NULL;
	fflush(stdout);
	dup2(fileno(file), STDOUT_FILENO);
	status = cmd(argc, argv);
	fflush(stdout);
	dup2(out, STDOUT_FILENO);
	close(out);
	rewind(file);
	n = fread(said, 1, sizeof(said) - 1, file);
	said[n] = '\0';
	fclose(file);
	return status;
}

static void report(const char *dir, const char *words, int status)
{
	assert_int_equal(run(cmd_report, dir, words), status);
}

static size_t lines(void)
{
	size_t n = 0;

	for (const char *c = said; *c; c++)
		n += *c == '\n';
	return n;
}

static char *path_of(const char *dir, const char *id, char path[256])
{
	char pattern[128];
	glob_t g;

	snprintf(pattern, sizeof(pattern), "%s/*-%s-*.json*", dir, id);
	assert_int_equal(glob(pattern, 0, NULL, &g), 0);
	assert_int_equal(g.gl_pathc, 1);
	snprintf(path, 256, "%s", g.gl_pathv[0]);
	globfree(&g);
	return path;
}

static int setup(void **state)
{
	static const char *const traces[] = {"abba", "container", "life"};
	/* one of each form; zstd if it is built in */
	static const char *const how[] = {"none", "gzip", "auto"};
	char *dir = strdup("/tmp/test_report.XXXXXX"), words[64];

	*state = dir;
	if (!mkdtemp(dir))
		return -1;
	for (size_t i = 0; i < sizeof(traces) / sizeof(traces[0]); i++) {
		snprintf(words, sizeof(words), "tests/golden/%s.trace --spool-compress %s",
			 traces[i], how[i]);
		if (run(cmd_replay, dir, words) != EXIT_STUCK)
			return -1;
	}
	return 0;
}

static int teardown(void **state)
{
	report(*state, "rm --all", 0);
	rmdir(*state);
	free(*state);
	return 0;
}

static void each_stall_is_a_line(void **state)
{
	report(*state, "list", 0);
	assert_int_equal(lines(), 1 + 4); /* life tells of two, in twelve reports */
	assert_non_null(strstr(said, "he64m1fasa"));
	assert_non_null(strstr(said, "merged"));
	assert_non_null(strstr(said, "resolved"));
	report(*state, "list --format json", 0);
	assert_int_equal(lines(), 4);
}

static void those_that_fit_are_listed(void **state)
{
	report(*state, "list --only rule=deadlock -f json", 0);
	assert_int_equal(lines(), 2);
	report(*state, "list --ignore rule=deadlock -f json", 0);
	assert_int_equal(lines(), 2);
	report(*state, "list --only signature=6cedb0 -f json", 0);
	assert_int_equal(lines(), 1);
	report(*state, "list --only unit=no-such -f json", 0);
	assert_int_equal(lines(), 0);
	report(*state, "list --only comm=scene -f json", 0);
	assert_true(lines() >= 2);
	report(*state, "list --since 1971-01-01 -f json", 0);
	assert_int_equal(lines(), 4);
	report(*state, "list --until 1971-01-01 -f json", 0);
	assert_int_equal(lines(), 0);
	report(*state, "list he6 vve5wy8ssr -f json", 0);
	assert_int_equal(lines(), 2);
}

/* A stall whose rule changed has another signature than when its file was named. */
static void it_is_found_by_the_signature_that_it_has_now(void **state)
{
	char path[256], name[300];

	path_of(*state, "he64m1fasa", path);
	snprintf(name, sizeof(name), "%s/20261121T082206Z-00000001-he64m1fasa-%s.json",
		 (char *)*state, "0123456789abcdef");
	assert_int_equal(rename(path, name), 0);
	report(*state, "list --only signature=6cedb0bc47a4a3ec", 0);
	assert_int_equal(lines(), 1 + 1);
	assert_non_null(strstr(said, "he64m1fasa"));
	assert_non_null(strstr(said, "6cedb0bc47a4a3ec"));
	assert_null(strstr(said, "0123456789abcdef"));
	report(*state, "list --only signature=0123456789abcdef", 0);
	assert_int_equal(lines(), 0);
	report(*state, "list --ignore signature=6cedb0bc47a4a3ec -f json", 0);
	assert_int_equal(lines(), 3);
	report(*state, "rm --only signature=6cedb0bc47a4a3ec", 0);
	assert_int_equal(access(name, F_OK), -1);
	report(*state, "list -f json", 0);
	assert_int_equal(lines(), 3);
}

/* What the file has is what the replay said, and what is shown. */
static void a_report_is_shown_as_it_was_made(void **state)
{
	char path[256], text[16384] = "";
	FILE *f = fopen(path_of(*state, "he64m1fasa", path), "r");

	assert_true(fread(text, 1, sizeof(text) - 1, f) > 100);
	fclose(f);
	report(*state, "show he64m1fasa -f json", 0);
	assert_string_equal(said, text);
	assert_int_equal(run(cmd_replay, "/dev/null/none", "tests/golden/abba.trace -f json"),
			 EXIT_OUTPUT); /* it could not be kept, but it was told */
	assert_string_equal(said, text);
	report(*state, "show he64m1fasa", 0);
	assert_non_null(strstr(said, "STALL  deadlock  [certain, he64m1fasa]"));
	report(*state, "show he64m1fasa -f html", 0);
	assert_non_null(strstr(said, "</html>"));
	report(*state, "show he64m1fasa --format=dot", 0);
	assert_ptr_equal(strstr(said, "digraph"), said);
}

static void a_broken_report_does_not_hide_the_others(void **state)
{
	char path[256];

	assert_int_equal(truncate(path_of(*state, "vve5wy8ssr", path), 500), 0);
	report(*state, "list -f json", EXIT_TRACE_BROKEN);
	assert_int_equal(lines(), 3);
	report(*state, "rm vve5wy8ssr", 0);
	report(*state, "list -f json", 0);
	assert_int_equal(lines(), 3);
}

static void what_is_removed_is_what_was_asked(void **state)
{
	report(*state, "rm", EXIT_USAGE);
	report(*state, "rm nosuch", EXIT_INPUT);
	/* what is known goes; that the other is not is no success */
	report(*state, "list he64m1fasa nosuch -f json", EXIT_INPUT);
	assert_int_equal(lines(), 1);
	report(*state, "list he64m1fasa --until 1971-01-01 -f json", EXIT_INPUT);
	assert_int_equal(lines(), 0);
	report(*state, "rm --until 1971-01-01", 0);
	report(*state, "list -f json", 0);
	assert_int_equal(lines(), 4);
	report(*state, "rm --only rule=deadlock", 0);
	report(*state, "list -f json", 0);
	assert_int_equal(lines(), 2);
	assert_null(strstr(said, "\"rule\":\"deadlock\""));
}

static void nonsense_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"look",
		"list --since soon",
		"list --only x",
		"list -f html",
		"show --format=xml",
		"list --only exe=/usr/bin/x",
		"list --nonsense",
		"list --since=",
		"show --color=mauve",
		"list --ignore rule=no-such",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		report(*state, bad[i], EXIT_USAGE);
	report(*state, "show he", EXIT_INPUT); /* too short for an id */
	report("/no/such/dir", "list", EXIT_INPUT);
	assert_int_equal(run(cmd_replay, *state, "tests/golden/abba.trace --spool-limits bytes=x"),
			 EXIT_USAGE);
}

static void the_limits_are_those_that_were_asked_for(void **state)
{
	assert_int_equal(
		run(cmd_replay, *state, "tests/golden/abba.trace --spool-limits files=2,free=off"),
		EXIT_STUCK);
	report(*state, "list -f json", 0);
	assert_int_equal(lines(), 2);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(each_stall_is_a_line),
		TEST(those_that_fit_are_listed),
		TEST(it_is_found_by_the_signature_that_it_has_now),
		TEST(a_report_is_shown_as_it_was_made),
		TEST(a_broken_report_does_not_hide_the_others),
		TEST(what_is_removed_is_what_was_asked),
		TEST(nonsense_is_refused),
		TEST(the_limits_are_those_that_were_asked_for),
	};

	return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
