// SPDX-License-Identifier: GPL-2.0
/*
 * Configuration files: what they say arrives as options do, and what is wrong
 * in them is told with its line.
 */
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

#include "options/config.h"

/* A directory of its own for each test. */
struct place {
	char dir[64], conf[96];
};

static void put_bytes(const char *path, const char *text, size_t n)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static int set_up(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	strcpy(p->dir, "/tmp/test_config.XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	snprintf(p->conf, sizeof(p->conf), "%s/lt.conf", p->dir);
	*state = p;
	return 0;
}

static int tear_down(void **state)
{
	struct place *p = *state;
	char command[128];

	snprintf(command, sizeof(command), "rm -r %s", p->dir);
	assert_int_equal(system(command), 0);
	free(p);
	return 0;
}

static void put(const struct place *p, const char *text)
{
	put_bytes(p->conf, text, strlen(text));
}

/* FILE.d/NAME */
static void put_dropin(const struct place *p, const char *name, const char *text)
{
	char path[160];

	snprintf(path, sizeof(path), "%s.d", p->conf);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s.d/%s", p->conf, name);
	put_bytes(path, text, strlen(text));
}

/* With the arguments behind --config, up to NULL. */
static int parse(const struct place *p, struct options *o, ...)
{
	char *argv[16] = {"locktrace", "--config", (char *)p->conf};
	int argc = 3;
	va_list args;

	va_start(args, o);
	while ((argv[argc] = va_arg(args, char *)))
		argc++;
	va_end(args);
	return options_parse(argc, argv, OPTIONS_WATCH, o);
}

static void lines_are_options(void **state)
{
	struct options o;

	put(*state, "\xef\xbb\xbf# comment\n\n  ; another\nthreshold=250ms\r\n  via =  census  \n"
		    "include-parked = yes\nno-children = no\nunit = a = b\n"
		    "only = unit=a,rule=deadlock\nonly = exe=b\nformat = json");
	assert_int_equal(parse(*state, &o, NULL), 0);
	assert_int_equal(o.threshold_ns, 250000000ULL);
	assert_string_equal(o.via, "census");
	assert_true(o.include_parked);
	assert_true(o.children);
	assert_string_equal(o.unit, "a = b");
	assert_int_equal(o.filters.n[LIST_ONLY], 2);
	assert_string_equal(o.format, "json");
	options_free(&o);
}

static void dropins_come_later_in_the_order_of_their_names(void **state)
{
	struct options o;

	put(*state, "threshold = 1m\nignore = rule=deadlock\ndebug-dir = /a\n");
	put_dropin(*state, "20-b.conf", "threshold = 3s\ndebug-dir = /c");
	put_dropin(*state, "10-a.conf", "threshold = 2s\nignore =\nignore = comm=x\ndebug-dir=/b");
	put_dropin(*state, "30-c.conf~", "threshold = 9s\n");
	put_dropin(*state, ".40-d.conf", "threshold = 9s\n");
	assert_int_equal(parse(*state, &o, NULL), 0);
	assert_int_equal(o.threshold_ns, 3000000000ULL);
	assert_int_equal(o.filters.n[LIST_IGNORE], 1);
	assert_string_equal(filter_text(o.filters.of[LIST_IGNORE][0]), "comm=x");
	assert_string_equal(o.debug_dirs[0], "/a");
	assert_string_equal(o.debug_dirs[1], "/b");
	assert_string_equal(o.debug_dirs[2], "/c");
	assert_null(o.debug_dirs[3]);
	options_free(&o);
}

static void an_empty_value_takes_back(void **state)
{
	struct options o;

	put(*state, "pid = 3\nthreshold = 3s\n");
	put_dropin(*state, "a.conf", "pid =\nunit = x\nthreshold =\n");
	assert_int_equal(parse(*state, &o, NULL), 0);
	assert_int_equal(o.pid, 0);
	assert_string_equal(o.unit, "x");
	assert_int_equal(o.threshold_ns, 1000000000ULL);
	options_free(&o);
}

static void the_command_line_wins(void **state)
{
	struct options o;

	put(*state, "unit = x\nthreshold = 3s\nonly = unit=a\nduration = 1m\nvia = proc\n");
	assert_int_equal(parse(*state, &o, "--pid=1", "-t", "2s", "--once", "--only=unit=b", NULL),
			 0);
	assert_int_equal(o.pid, 1);
	assert_null(o.unit);
	assert_int_equal(o.threshold_ns, 2000000000ULL);
	assert_true(o.once);
	assert_int_equal(o.duration_ns, 0);
	assert_int_equal(o.filters.n[LIST_ONLY], 1);
	assert_string_equal(filter_text(o.filters.of[LIST_ONLY][0]), "unit=b");
	assert_string_equal(o.via, "proc");
	options_free(&o);
}

/* A value that differs from the default, for each option: none is forgotten here either. */
static const char *good_value(const struct option_row *row)
{
	static const struct {
		const char *name, *value;
	} good[] = {
		{"PID", "7"},	       {"PATH", "/a"},	{"TIME", "77s"},   {"FILTER", "comm=a"},
		{"WAY", "census"},     {"MODE", "off"}, {"WHEN", "never"}, {"FORMAT", "dot"},
		{"NAME", "name"},      {"UNIT", "u"},	{"FILE", "/f"},	   {"DIR", "/d"},
		{"LIMITS", "files=7"}, {"HOW", "gzip"}, {"SHARE", "2%"},   {"SIZES", "waits=4096"},
	};

	if (!row->value)
		return "yes";
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (strcmp(good[i].name, row->value) == 0)
			return good[i].value;
	}
	fail_msg("a value of --%s, which is a %s: add one here", row->name, row->value);
	return NULL;
}

static bool is_same(const struct options *a, const struct options *b)
{
	const unsigned char *one = (const unsigned char *)a, *other = (const unsigned char *)b;

	for (size_t i = 0; i < sizeof(*a); i++) {
		if (one[i] != other[i])
			return false;
	}
	return true;
}

static void every_option_has_a_key(void **state)
{
	size_t n = 0;

	for (size_t i = 0; i < n_option_rows; i++) {
		const struct option_row *row = &option_rows[i];
		bool for_keys = row->help && strcmp(row->name, "config") != 0 &&
				strcmp(row->name, "help") != 0 && strcmp(row->name, "version") != 0;
		struct options nothing = options_default(OPTIONS_WATCH), o = nothing;
		char line[128];
		struct config *c;

		if (!(row->sets & 1U << OPTIONS_WATCH))
			continue;
		snprintf(line, sizeof(line), "%s = %s\n", row->name,
			 for_keys ? good_value(row) : "1");
		put(*state, line);
		assert_int_equal(config_read(((struct place *)*state)->conf, &c), 0);
		/* the only one that cannot stand alone */
		if (for_keys && strcmp(row->name, "no-children") != 0 && c->n_errors)
			fail_msg("%s", c->errors[0]);
		if (!for_keys)
			assert_int_equal(c->n_errors, 1);
		assert_int_equal(config_apply(c, NULL, &o), 0);
		if (for_keys && is_same(&o, &nothing))
			fail_msg("%s sets nothing", row->name);
		filters_free(&o.filters);
		config_free(c);
		n += for_keys;
	}
	assert_true(n > 10);
}

/* FILE stands for the file. */
static void check_error(struct place *p, const char *text, size_t n, const char *expected)
{
	struct config *c;
	char whole[1024];

	put_bytes(p->conf, text, n);
	assert_int_equal(config_read(p->conf, &c), 0);
	snprintf(whole, sizeof(whole), "%s%s", p->conf, expected);
	if (c->n_errors != 1 || !strstr(c->errors[0], whole))
		fail_msg("\"%s\" gave %zu errors, \"%s\" instead of \"%s\"", text, c->n_errors,
			 c->n_errors ? c->errors[0] : "", whole);
	config_free(c);
}

static void errors_have_a_line(void **state)
{
	static const struct {
		const char *text, *error;
	} bad[] = {
		{"threshold = 2s\n\ntreshold = 2s\n", ":3: treshold: is not a key"},
		{"# a\nthreshold = soon\n", ":2: threshold = soon: must be a time"},
		{"via = magic", ":1: via = magic: must be one of: auto, hooks"},
		{"\n\nonly = unit\n", ":3: only = unit: "},
		{"once = perhaps\n", ":1: once = perhaps: must be yes or no"},
		{"[watch]\n", ":1: [watch]: must be KEY = VALUE"},
		{"= 3\n", ":1: : is not a key"},
		{"config = /x\n", ":1: config: is not a key"},
		{"debug = force-kprobe\n", ":1: debug: is not a key"},
		{"pi = 3\n", ":1: pi: is not a key"},
		{"comm = a\x1b[2Jb\n", ":1: there is a control character"},
		{"pid = 3\nunit = x\n", ": --pid, --comm, --unit and --cgroup: choose one"},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check_error(*state, bad[i].text, strlen(bad[i].text), bad[i].error);
	check_error(*state, "\ncomm = a\0b\n", 12, ":2: there is a control character");
}

static void all_errors_are_told_up_to_a_limit(void **state)
{
	struct place *p = *state;
	struct config *c;
	struct options o;
	char text[200];

	put(p, "a = 1\nvia = b\n");
	put_dropin(p, "x.conf", "\nc\n");
	assert_int_equal(config_read(p->conf, &c), 0);
	assert_int_equal(c->n_errors, 3);
	assert_false(c->unreadable);
	config_free(c);
	assert_int_equal(parse(p, &o, NULL), -EINVAL);
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = i % 2 ? '\n' : 'x';
	put_bytes(p->conf, text, sizeof(text));
	assert_int_equal(config_read(p->conf, &c), 0);
	assert_int_equal(c->n_errors, CONFIG_ERRORS_MAX);
	config_free(c);
}

static void what_is_no_file_is_refused(void **state)
{
	struct place *p = *state;
	struct config *c;
	char *big = malloc(2 << 20);

	assert_non_null(big);
	memset(big, '#', 2 << 20);
	assert_int_equal(config_read(p->conf, &c), 0);
	assert_true(c->unreadable);
	assert_non_null(strstr(c->errors[0], "No such file"));
	config_free(c);
	assert_int_equal(config_read(p->dir, &c), 0);
	assert_true(c->unreadable);
	config_free(c);
	/* nobody writes into it: to wait for somebody would be for ever */
	assert_int_equal(mkfifo(p->conf, 0600), 0);
	assert_int_equal(config_read(p->conf, &c), 0);
	assert_true(c->unreadable);
	config_free(c);
	assert_int_equal(unlink(p->conf), 0);
	check_error(p, big, 2 << 20, ": cannot be read: it is larger than 1 MiB");
	free(big);
}

/* Whoever takes the comment sign away gets what is written there. */
static void the_sample_is_good_without_its_comment_signs(void **state)
{
	FILE *f = fopen("user/service/locktrace.conf", "r");
	char line[256];
	size_t n = 0;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		struct config *c;

		if (line[0] != '#' || strchr(" \t\n", line[1]))
			continue;
		put(*state, line + 1);
		assert_int_equal(config_read(((struct place *)*state)->conf, &c), 0);
		if (c->n_errors)
			fail_msg("%s: %s", line, c->errors[0]);
		config_free(c);
		n++;
	}
	fclose(f);
	assert_true(n > 10);
}

/* Whatever the bytes are: an answer, and no memory that is not ours (ASan). */
static void any_bytes_are_survived(void **state)
{
	static const char bits[] = "threshold = 2s\nonly=\\,=pid via\0\n\r #;\x80\xff=\xef\xbb\xbf";
	struct place *p = *state;
	unsigned int seed = 7;

	for (int round = 0; round < 500; round++) {
		char text[200];
		size_t n = (size_t)rand_r(&seed) % sizeof(text);
		struct config *c;

		for (size_t i = 0; i < n; i++)
			text[i] = bits[(size_t)rand_r(&seed) % (sizeof(bits) - 1)];
		put_bytes(p->conf, text, n);
		assert_int_equal(config_read(p->conf, &c), 0);
		config_free(c);
	}
}

static void two_can_be_compared(void **state)
{
	struct place *p = *state;
	struct config *a, *b;

	put(p, "threshold = 1s\nthreshold = 2s\nonly = comm=a\n");
	assert_int_equal(config_read(p->conf, &a), 0);
	put(p, "only = comm=a\nthreshold = 2s\nonly = comm=b\nvia = proc\n");
	assert_int_equal(config_read(p->conf, &b), 0);
	assert_true(config_same(a, b, option_by_name("threshold", 9)));
	assert_true(config_same(a, b, option_by_name("pid", 3)));
	assert_false(config_same(a, b, option_by_name("only", 4)));
	assert_false(config_same(a, b, option_by_name("via", 3)));
	config_free(a);
	config_free(b);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lines_are_options),
		TEST(dropins_come_later_in_the_order_of_their_names),
		TEST(an_empty_value_takes_back),
		TEST(the_command_line_wins),
		TEST(every_option_has_a_key),
		TEST(errors_have_a_line),
		TEST(all_errors_are_told_up_to_a_limit),
		TEST(what_is_no_file_is_refused),
		TEST(the_sample_is_good_without_its_comment_signs),
		TEST(any_bytes_are_survived),
		TEST(two_can_be_compared),
	};

	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
