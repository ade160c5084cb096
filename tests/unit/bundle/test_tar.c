// SPDX-License-Identifier: GPL-2.0
/* Our tar and everybody's: theirs reads ours, and ours takes nothing of theirs on trust. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include <string.h>
#include <unistd.h>

#include "packing/pack.h"
#include "bundle/tar.h"

static char dir[32], archive[64];

static int set_up(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/locktrace-tar.XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(archive, sizeof(archive), "%s/a.tar", dir);
	return 0;
}

static int tear_down(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

static ssize_t from_file(void *from, char *buf, size_t size)
{
	return (ssize_t)fread(buf, 1, size, from);
}

static void ours(void)
{
	FILE *out = fopen(archive, "w");
	char large[1501] = "";
	struct pack *p;

	assert_non_null(out);
	memset(large, 'x', sizeof(large) - 1);
	assert_int_equal(pack_open(fileno(out), PACK_NONE, &p), 0);
	assert_int_equal(tar_put(p, "top", "empty", "", 0, 0), 0);
	assert_int_equal(tar_put(p, "top", "a/one", "1", 1, 1700000000), 0);
	assert_int_equal(tar_put(p, "top", "a/large", large, 1500, 1700000000), 0);
	assert_int_equal(tar_put(p, large, "x", "", 0, 0), -ENAMETOOLONG);
	assert_int_equal(tar_put_end(p), 0);
	assert_int_equal(pack_end(p), 0);
	pack_free(p);
	fclose(out);
}

static void everybody_reads_ours(void **state)
{
	char command[256];

	(void)state;
	ours();
	snprintf(command, sizeof(command),
		 "cd %s && tar xf a.tar && [ -f top/empty ] && [ \"$(cat top/a/one)\" = 1 ] &&"
		 " [ \"$(wc -c <top/a/large)\" = 1500 ]",
		 dir);
	assert_int_equal(system(command), 0);
}

/* What there is, in one line: "name:size " for files, "(name) " for others, and the error. */
static const char *listed(uint64_t max)
{
	static char text[2000];
	FILE *in = fopen(archive, "r");
	struct tar t = {.read = from_file, .from = in, .max = max};
	char buf[100];
	size_t at = 0;
	int r;

	assert_non_null(in);
	text[0] = '\0';
	while ((r = tar_next(&t)) > 0) {
		size_t n = 0;
		ssize_t got = 0;

		/* every second one is passed over without a look at it */
		while (t.is_file && at % 2 == 0 && (got = tar_read(&t, buf, sizeof(buf))) > 0)
			n += (size_t)got;
		if (got < 0) {
			r = (int)got;
			break;
		}
		if (t.is_file && at % 2 == 0)
			assert_int_equal(n, t.size);
		at += (size_t)snprintf(text + at, sizeof(text) - at,
				       t.is_file ? "%s:%llu " : "(%s) ", t.name,
				       (unsigned long long)t.size);
	}
	if (r < 0)
		snprintf(text + at, sizeof(text) - at, "%s", strerrorname_np(-r));
	fclose(in);
	return text;
}

static void ours_comes_back(void **state)
{
	(void)state;
	ours();
	assert_string_equal(listed(0), "top/empty:0 top/a/one:1 top/a/large:1500 ");
}

static void links_and_devices_are_no_files(void **state)
{
	char command[512];

	(void)state;
	snprintf(command, sizeof(command),
		 "cd %s && rm -rf s && mkdir -p s/d && echo hello >s/f && ln -s /etc/passwd s/l &&"
		 " ln s/f s/h && mkfifo s/p && tar -c --sort=name -f a.tar s/d s/f s/l s/h s/p",
		 dir);
	assert_int_equal(system(command), 0);
	assert_string_equal(listed(0), "(s/d/) s/f:6 (s/l) (s/h) (s/p) ");
}

static void cut_anywhere_it_ends_in_the_middle(void **state)
{
	char whole[8192];
	size_t n;
	FILE *f;

	(void)state;
	ours();
	f = fopen(archive, "r");
	n = fread(whole, 1, sizeof(whole), f);
	fclose(f);
	assert_int_equal(n, 512 + 1024 + 512 + 1536 + 1024);
	for (size_t cut = 1; cut + 512 < n; cut += 37) {
		const char *text;

		f = fopen(archive, "w");
		fwrite(whole, 1, n - 512 - cut, f);
		fclose(f);
		text = listed(0);
		assert_non_null(strstr(text, "EPIPE"));
	}
}

static void no_more_than_is_allowed_is_read(void **state)
{
	(void)state;
	ours();
	assert_string_equal(listed(5000), "top/empty:0 top/a/one:1 top/a/large:1500 ");
	assert_non_null(strstr(listed(2500), "EFBIG"));
	assert_string_equal(listed(500), "EFBIG");
}

/* Sets some bytes of the first header; its sum fits again, if asked for. */
static void patch(size_t at, const char *bytes, size_t n, int fix)
{
	unsigned char block[512];
	FILE *f = fopen(archive, "r+");
	unsigned int sum = 0;
	char text[8];

	assert_int_equal(fread(block, 1, 512, f), 512);
	memcpy(block + at, bytes, n);
	memset(block + 148, ' ', 8);
	for (size_t i = 0; i < 512; i++)
		sum += block[i];
	snprintf(text, sizeof(text), "%06o", fix ? sum : sum + 1);
	memcpy(block + 148, text, 7);
	rewind(f);
	fwrite(block, 1, 512, f);
	fclose(f);
}

static void a_header_that_is_none_is_damage(void **state)
{
	static const struct {
		size_t at;
		const char *bytes;
		size_t n;
		int fix;
	} bad[] = {
		{0, "top", 3, 0},			    /* the sum is wrong */
		{257, "other", 5, 1},			    /* not tar */
		{124, "\x80\0\0\0\0\0\0\0\0\0\1\0", 12, 1}, /* a size as GNU writes large ones */
		{124, "9", 1, 1},
		{124, "-1", 2, 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ours();
		patch(bad[i].at, bad[i].bytes, bad[i].n, bad[i].fix);
		assert_string_equal(listed(0), "EBADMSG");
	}
	ours();
	patch(0, "q", 1, 1);
	assert_int_equal(strncmp(listed(0), "top/qmpty:0 ", 12), 0);
	/* a size that is not there */
	ours();
	patch(124, "77777777777", 11, 1);
	assert_string_equal(listed(0), "EPIPE");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everybody_reads_ours),
		cmocka_unit_test(ours_comes_back),
		cmocka_unit_test(links_and_devices_are_no_files),
		cmocka_unit_test(cut_anywhere_it_ends_in_the_middle),
		cmocka_unit_test(no_more_than_is_allowed_is_read),
		cmocka_unit_test(a_header_that_is_none_is_damage),
	};

	return cmocka_run_group_tests_name("bundle/tar", tests, set_up, tear_down);
}
