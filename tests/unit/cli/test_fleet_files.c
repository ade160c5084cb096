// SPDX-License-Identifier: GPL-2.0
/*
 * Which files `locktrace fleet` reads of those that it is given, and what it
 * says of those that it cannot read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "commands.h"
#include "exit_status.h"
#include "fleet_files.h"
#include "service/spool_form.h"

static char dir[64], report[64 * 1024];

static void path_of(const char *name, char path[256])
{
	snprintf(path, 256, "%s/%s", dir, name);
}

/* A report whose stall has this id. */
static const char *report_of(const char *id)
{
	static char text[sizeof(report)];
	char *at;

	memcpy(text, report, sizeof(report));
	at = strstr(text, "\"id\":\"he64m1fasa\"");
	assert_non_null(at);
	at += strlen("\"id\":\"");
	for (size_t i = 0; i < 10; i++)
		at[i] = *id ? *id++ : '0';
	return text;
}

static void put(const char *name, const char *text)
{
	char path[256];
	FILE *out;

	path_of(name, path);
	out = fopen(path, "w");
	assert_non_null(out);
	fputs(text, out);
	assert_int_equal(fclose(out), 0);
}

static void put_gz(const char *name, const char *text, size_t cut)
{
	char path[256];
	struct stat st;
	gzFile out;

	path_of(name, path);
	out = gzopen(path, "wb");
	assert_non_null(out);
	assert_true(gzputs(out, text) > 0);
	assert_int_equal(gzclose(out), Z_OK);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(truncate(path, st.st_size - (off_t)cut), 0);
}

static bool put_zst(const char *name, const char *text, size_t cut)
{
	char path[256], *packed;
	size_t size;
	FILE *out;

	if (!spool_form_is_known(SPOOL_ZSTD))
		return false;
	assert_int_equal(spool_pack(SPOOL_ZSTD, text, strlen(text), &packed, &size), 0);
	path_of(name, path);
	out = fopen(path, "w");
	assert_non_null(out);
	assert_int_equal(fwrite(packed, 1, size - cut, out), size - cut);
	assert_int_equal(fclose(out), 0);
	free(packed);
	return true;
}

static int set_up(void **state __attribute__((unused)))
{
	FILE *in = fopen("tests/golden/abba.json", "r");

	assert_non_null(in);
	report[fread(report, 1, sizeof(report) - 1, in)] = '\0';
	fclose(in);
	strcpy(dir, "/tmp/locktrace-fleet.XXXXXX");
	assert_non_null(mkdtemp(dir));
	return 0;
}

static int tear_down(void **state __attribute__((unused)))
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

static struct fleet_count read_path(const char *path, int *ret)
{
	struct fleet *f = fleet_new(&fleet_caps_default);
	struct fleet_count count;

	assert_non_null(f);
	*ret = fleet_files_read(f, path);
	fleet_count(f, &count);
	count.broken_file = count.broken_why = NULL;
	fleet_free(f);
	return count;
}

static void a_directory_is_read_with_all_below_it(void **state __attribute__((unused)))
{
	char path[256], link[256];
	struct fleet_count count;
	size_t n = 3;
	int err;

	path_of("a", path);
	assert_int_equal(mkdir(path, 0700), 0);
	path_of("a/b", path);
	assert_int_equal(mkdir(path, 0700), 0);
	put("a/b/one.json", report_of("one"));
	put("two.ndjson", report_of("two"));
	put_gz("a/three.json.gz", report_of("three"), 0);
	/* none of these */
	put(".half.json", report_of("half"));
	put("notes.txt", "no report");
	put("a/x.trace", "no report");
	path_of("loop.json", link);
	assert_int_equal(symlink(dir, link), 0);
	path_of("fifo.json", path);
	assert_int_equal(mkfifo(path, 0600), 0);
	n += put_zst("a/four.json.zst", report_of("four"), 0);
	count = read_path(dir, &err);
	assert_int_equal(err, 0);
	assert_int_equal(count.files, n);
	assert_int_equal(count.reports, n);
	assert_int_equal(count.broken, 0);
	/* but a link that is named is followed */
	count = read_path(link, &err);
	assert_int_equal(err, 0);
	assert_int_equal(count.reports, n);
}

static void what_is_cut_or_damaged_is_told_and_the_rest_is_read(void **state
								__attribute__((unused)))
{
	struct fleet_count count;
	size_t n = 4;
	int err;

	put("a.json", report_of("a"));
	put("z.json", report_of("z"));
	put_gz("cut.json.gz", report_of("cut"), 9);
	put("damaged.json.gz", "\x1f\x8b\x08\x01 this is no deflate stream");
	n += put_zst("cut.json.zst", report_of("cut"), 9);
	count = read_path(dir, &err);
	assert_true(err < 0);
	assert_int_equal(count.files, n);
	assert_true(count.reports >= 2);
	assert_int_equal(count.broken, 0);
}

static int fleet(const char *a, const char *b)
{
	char *argv[] = {"fleet", (char *)a, (char *)b, NULL};
	int out = dup(STDOUT_FILENO), null = open("/dev/null", O_WRONLY), status;

	fflush(stdout);
	dup2(null, STDOUT_FILENO);
	status = cmd_fleet(1 + !!a + (a && b), argv);
	fflush(stdout);
	dup2(out, STDOUT_FILENO);
	close(out);
	close(null);
	return status;
}

static void the_exit_status_says_what_was_not_read(void **state __attribute__((unused)))
{
	char good[256], bad[256], empty[256];

	path_of("good.json", good);
	path_of("bad.json", bad);
	path_of("empty.json", empty);
	put("good.json", report_of("good"));
	put("bad.json", "no report\n");
	put("empty.json", "");
	assert_int_equal(fleet(NULL, NULL), EXIT_USAGE);
	assert_int_equal(fleet(good, "--format=xml"), EXIT_USAGE);
	assert_int_equal(fleet(good, "--format=json"), 0);
	assert_int_equal(fleet(empty, NULL), 0);
	assert_int_equal(fleet(bad, NULL), EXIT_TRACE_FOREIGN);
	assert_int_equal(fleet(good, bad), 0);
	assert_int_equal(fleet(good, "/nonexistent"), EXIT_INPUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_directory_is_read_with_all_below_it, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(what_is_cut_or_damaged_is_told_and_the_rest_is_read,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_exit_status_says_what_was_not_read, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
