// SPDX-License-Identifier: GPL-2.0
/* Options of `locktrace forward`: what they may be, and that manual, sample and completion have
 * them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "forward/secret.h"
#include "forward/settings.h"
#include "../source_file.h"

/* A manual page without the backslashes before dashes. */
static char *read_man(const char *path)
{
	char *text = read_file(path), *to = text;

	for (const char *from = text; *from; from++) {
		if (from[0] != '\\' || from[1] != '-')
			*to++ = *from;
	}
	*to = '\0';
	return text;
}

static void each_option_is_told_of(void **state)
{
	char *man = read_man("docs/man/locktrace-forward.8");
	char *sample = read_file("user/service/forward.conf");
	char *completion = read_file("user/service/completions/locktrace.bash");
	const struct option_row *row;

	(void)state;
	for (size_t i = 0; (row = settings_row(i)); i++) {
		char option[64], key[64];

		snprintf(option, sizeof(option), "--%s", row->name);
		if (!strstr(man, option))
			fail_msg("the manual has no %s", option);
		if (!strstr(completion, option))
			fail_msg("the completion has no %s", option);
		snprintf(key, sizeof(key), "%s = ", row->name);
		/* a file that says "once" makes no sense, and does no harm */
		if (row->sets && strcmp(row->name, "once") != 0 && !strstr(sample, key))
			fail_msg("the sample has no %s", key);
	}
	free(man);
	free(sample);
	free(completion);
}

static int parse(struct settings *s, const char *one, const char *other)
{
	char *argv[] = {(char *)"forward", (char *)one, (char *)other, NULL};

	return settings_parse(other ? 3 : 2, argv, s);
}

static void values_are_checked(void **state)
{
	static const char *const wrong[] = {
		"--otlp=ftp://x",
		"--otlp=https://",
		"--otlp-timeout=1ns",
		"--batch-reports=0",
		"--batch-reports=1x",
		"--batch-bytes=1G",
		"--otlp-compression=zip",
		"--retry-max=1ms",
		"--retry-min=10m",
		"--otlp-ca=x",
		"--otlp-cert=x",
		"--nothing",
		"--retry-min=-1s",
		"extra",
		"--batch-reports=99999999999999999999",
	};
	struct settings s;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (parse(&s, "--otlp=http://x", wrong[i]) == 0)
			fail_msg("%s is taken", wrong[i]);
	}
	assert_int_not_equal(parse(&s, "--once", NULL), 0); /* to where? */
	assert_int_equal(parse(&s, "--journal", "--batch-bytes=64K"), 0);
	assert_true(s.journal && !s.otlp && s.otlp_gzip && !s.once);
	assert_int_equal(s.batch_bytes, 65536);
	settings_free(&s);
}

static const char *headers(const char *text, struct secret_headers *h)
{
	char path[] = "/tmp/locktrace-headers.XXXXXX";
	int fd = mkstemp(path);
	FILE *f = fdopen(fd, "w");
	const char *why;

	fputs(text, f);
	fclose(f);
	why = secret_headers_read(path, h);
	remove(path);
	return why;
}

static void headers_are_lines_of_a_file(void **state)
{
	static const char *const wrong[] = {"no colon\n", "A b: c\n", ": x\n", "A: b\x01\n",
					    "A: b\x1b[2J\n"};
	struct secret_headers h;

	(void)state;
	assert_null(headers("# one\n\nA: b \r\nAuthorization: Bearer x:y=\n", &h));
	assert_string_equal(h.list[0], "A: b");
	assert_string_equal(h.list[1], "Authorization: Bearer x:y=");
	assert_null(h.list[2]);
	secret_headers_free(&h);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_non_null(headers(wrong[i], &h));
		secret_headers_free(&h);
	}
	assert_non_null(secret_headers_read("/nowhere/headers", &h));
	secret_headers_free(&h);
	assert_non_null(secret_headers_read("/proc/self", &h));
	secret_headers_free(&h);
}

static void a_name_without_a_slash_is_a_credential(void **state)
{
	char *path;

	(void)state;
	setenv("CREDENTIALS_DIRECTORY", "/run/credentials/x", 1);
	path = secret_path("device.key");
	assert_string_equal(path, "/run/credentials/x/device.key");
	free(path);
	path = secret_path("./device.key");
	assert_string_equal(path, "./device.key");
	free(path);
	unsetenv("CREDENTIALS_DIRECTORY");
	path = secret_path("device.key");
	assert_string_equal(path, "device.key");
	free(path);
	assert_null(secret_path(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_option_is_told_of),
		cmocka_unit_test(values_are_checked),
		cmocka_unit_test(headers_are_lines_of_a_file),
		cmocka_unit_test(a_name_without_a_slash_is_a_credential),
	};

	return cmocka_run_group_tests_name("forward settings", tests, NULL, NULL);
}
