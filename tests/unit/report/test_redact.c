// SPDX-License-Identifier: GPL-2.0
/*
 * Reports without names: those in tests/golden, whatever is in them, and what a
 * stranger may have called his programs.
 */
#include <ctype.h>
#include <glob.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include <string.h>

#include "report/json/json_read.h"
#include "report/redact/redact.h"
#include "report/redact/redact_private.h"

static const uint8_t key[REDACT_KEY] = {1, 2, 3};

static const json_t *at(const json_t *o, const char *list, size_t i)
{
	return json_array_get(json_object_get(o, list), i);
}

static const char *text(const json_t *o, const char *name)
{
	return json_string_value(json_object_get(o, name));
}

static json_t *redacted(const json_t *o)
{
	json_t *r = redact_report(key, o);
	struct json_read *j = NULL;
	char why[JSON_READ_WHY] = "", *line;

	assert_non_null(r);
	line = json_dumps(r, JSON_COMPACT);
	if (json_read(line, strlen(line), &j, why))
		fail_msg("%s: %s", why, line);
	json_read_free(j);
	free(line);
	return r;
}

/* Calls f with each report in tests/golden. */
static void each_golden(void (*f)(const char *path, const json_t *o))
{
	glob_t files;

	assert_int_equal(glob("tests/golden/*.json", 0, NULL, &files), 0);
	assert_true(files.gl_pathc > 20);
	for (size_t i = 0; i < files.gl_pathc; i++) {
		FILE *in = fopen(files.gl_pathv[i], "r");
		char *line = NULL;
		size_t room = 0;

		assert_non_null(in);
		while (getline(&line, &room, in) > 0) {
			json_t *o = json_loads(line, 0, NULL);

			if (o && strcmp(text(o, "event"), "end") != 0)
				f(files.gl_pathv[i], o);
			json_decref(o);
		}
		free(line);
		fclose(in);
	}
	globfree(&files);
}

static int is_letter(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-';
}

static void is_gone(const char *path, const char *whole, const char *name)
{
	size_t n = name ? strlen(name) : 0;

	/* what is one of our words may be one */
	if (!n || redact_is_word(name, n))
		return;
	for (const char *at = whole; (at = strstr(at, name)); at++) {
		bool is_key = at[-1] == '"' && !strncmp(at + n, "\":", 2);

		if (!is_letter(at[-1]) && !is_letter(at[n]) && !is_key)
			fail_msg("%s: %s is still in it: %.80s", path, name, at - 30);
	}
}

/* But for those of modules that everybody has. */
static void has_no_functions(const char *path, const json_t *stack)
{
	const json_t *frame;

	for (size_t n = 0; (frame = at(stack, "frames", n)); n++) {
		const char *module = text(frame, "module");

		assert_null(text(frame, "file"));
		assert_false(json_is_true(json_object_get(frame, "inlined")));
		if (text(frame, "symbol") && (!module || strncmp(module, "h-", 2) == 0))
			fail_msg("%s: %s is still in it", path, text(frame, "symbol"));
	}
}

/* What is new in reports is left out until somebody says what becomes of it. */
static void has_all_members(const char *path, const json_t *o, const json_t *r)
{
	const char *name;
	json_t *v;

	json_object_foreach((json_t *)o, name, v)
	{
		if (!json_object_get(r, name))
			fail_msg("%s: \"%s\" is not in redact_rules.c: may it stay?", path, name);
	}
}

static void lists_have_all_members(const char *path, const json_t *o, const json_t *r)
{
	static const char *const lists[] = {"threads", "resources", "stacks"};

	has_all_members(path, o, r);
	has_all_members(path, json_object_get(o, "host"), json_object_get(r, "host"));
	has_all_members(path, json_object_get(o, "life"), json_object_get(r, "life"));
	for (size_t n = 0; n < sizeof(lists) / sizeof(lists[0]); n++) {
		for (size_t i = 0; at(o, lists[n], i); i++)
			has_all_members(path, at(o, lists[n], i), at(r, lists[n], i));
	}
}

static void has_no_names(const char *path, const json_t *o)
{
	static const char *const names[] = {"comm", "process", "exe", "cgroup", "unit"};
	json_t *r = redacted(o);
	char *whole = json_dumps(r, JSON_COMPACT);
	size_t n_threads = json_array_size(json_object_get(o, "threads"));
	size_t n_stacks = json_array_size(json_object_get(o, "stacks"));

	assert_int_equal(json_array_size(json_object_get(r, "threads")), n_threads);
	lists_have_all_members(path, o, r);
	assert_string_equal(text(r, "signature"), text(o, "signature"));
	assert_string_equal(text(r, "id"), text(o, "id"));
	is_gone(path, whole, text(json_object_get(o, "host"), "name"));
	for (size_t i = 0; i < n_threads; i++) {
		for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++)
			is_gone(path, whole, text(at(o, "threads", i), names[n]));
	}
	for (size_t i = 0; i < n_stacks; i++)
		has_no_functions(path, at(r, "stacks", i));
	for (const char *c = whole; (c = strchr(c, '/')); c++) {
		if (strncmp(c - 1, "I/O", 3) != 0)
			fail_msg("%s: a path is still in it: %.60s", path, c - 30);
	}
	free(whole);
	json_decref(r);
}

static void no_name_remains(void **state)
{
	(void)state;
	each_golden(has_no_names);
}

static size_t n_words, n_hidden;

static void count_hidden(const char *path, const json_t *o)
{
	json_t *r = redacted(o);
	const char *advice = text(r, "advice");

	(void)path;
	/* an advice names nobody: what is hidden in it is a word that is missing */
	for (const char *c = advice; (c = strchr(c, ' ')); c++)
		n_words++;
	for (const char *c = advice; (c = strstr(c, "h-")); c++)
		n_hidden++;
	json_decref(r);
}

static void our_own_words_remain(void **state)
{
	(void)state;
	each_golden(count_hidden);
	assert_true(n_words > 1000);
	if (n_hidden * 20 > n_words)
		fail_msg("%zu of %zu words of the advices are hidden: add them to redact_words.c",
			 n_hidden, n_words);
}

/* The first report of tests/golden/abba.json, and what a stranger makes of it. */
static json_t *abba(void)
{
	json_t *o = json_load_file("tests/golden/abba.json", JSON_DISABLE_EOF_CHECK, NULL);

	assert_non_null(o);
	return o;
}

static void set(const json_t *o, const char *name, const char *value)
{
	assert_int_equal(json_object_set_new((json_t *)o, name, json_string(value)), 0);
}

static void equal_names_stay_equal(void **state)
{
	json_t *o = abba(), *r, *other;
	const uint8_t other_key[REDACT_KEY] = {9};
	char sentence[256];

	(void)state;
	set(at(o, "threads", 0), "comm", "uplink");
	set(at(o, "threads", 1), "comm", "uplink");
	set(at(o, "threads", 0), "exe", "uplinkd");
	set(o, "summary",
	    "uplink (704) waits for mutex left+0x28 (uplinkd), held by uplink (705).");
	r = redacted(o);
	other = redact_report(other_key, o);
	assert_string_equal(text(at(r, "threads", 0), "comm"), text(at(r, "threads", 1), "comm"));
	assert_string_not_equal(text(at(r, "threads", 0), "comm"),
				text(at(r, "threads", 0), "exe"));
	assert_string_not_equal(text(at(r, "threads", 0), "comm"),
				text(at(other, "threads", 0), "comm"));
	snprintf(sentence, sizeof(sentence), "%s (704) waits for mutex h-",
		 text(at(r, "threads", 0), "comm"));
	assert_memory_equal(text(r, "summary"), sentence, strlen(sentence));
	snprintf(sentence, sizeof(sentence), " (%s), held by %s (705).",
		 text(at(r, "threads", 0), "exe"), text(at(r, "threads", 0), "comm"));
	assert_non_null(strstr(text(r, "summary"), sentence));
	json_decref(o);
	json_decref(r);
	json_decref(other);
}

static void names_of_strangers_do_not_slip_through(void **state)
{
	static const struct {
		const char *comm, *doing, *not ;
	} hostile[] = {
		{"lock", "waits for lock", "lock"}, /* one of our words, and a name here */
		{"the db", "sending to the db (sendto)", "the db"},
		{"(x) y", "held by (x) y.", "(x)"},
		{"a", "reading from /srv/customers/Acme Ltd/x.db on NFS", "Acme"},
		{"a", "connected to 10.0.0.17:5432", "10.0.0"},
		{"a", "connected to [fe80::1]:80", "fe80"},
		{"a", "waiting for \"secret\"", "secret"},
		{"a", "writing to server:/export at /srv", "export"},
		{"a", "held by \xc3\xa9t\xc3\xa9", "\xc3\xa9"},
		{"a", "mutex pair+0x28", "pair"},
		{"12", "held by 12", "12"},
		{"", "held by nobody/home", "home"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
		json_t *o = abba(), *r;
		const char *doing;

		set(at(o, "threads", 0), "comm", hostile[i].comm);
		set(at(o, "threads", 0), "doing", hostile[i].doing);
		r = redacted(o);
		doing = text(at(r, "threads", 0), "doing");
		if (strstr(doing, hostile[i].not ) && hostile[i].not [0] != '1')
			fail_msg("%s: %s", hostile[i].doing, doing);
		assert_string_not_equal(doing, hostile[i].doing);
		json_decref(o);
		json_decref(r);
	}
}

static void what_says_nothing_of_anybody_stays(void **state)
{
	static const char *const plain[] = {
		"sleeping in nanosleep, for another 12.5 s",
		"writing to pipe:[26293172] (write)",
		"stopped by SIGSTOP",
		"mutex at 0x28eb0 in anonymous shared memory",
		"running on CPU 1",
		"",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		json_t *o = abba(), *r;

		set(at(o, "threads", 0), "doing", plain[i]);
		r = redacted(o);
		assert_string_equal(text(at(r, "threads", 0), "doing"), plain[i]);
		json_decref(o);
		json_decref(r);
	}
}

/* Whatever a later locktrace adds, this one does not let it through. */
static void what_is_not_known_is_left_out(void **state)
{
	json_t *o = abba(), *r;

	(void)state;
	set(o, "cmdline", "top");
	set(at(o, "threads", 0), "environ", "SECRET=1");
	json_object_set_new((json_t *)at(o, "threads", 1), "state", json_pack("{s:s}", "a", "b"));
	r = redact_report(key, o);
	assert_null(json_object_get(r, "cmdline"));
	assert_null(json_object_get(at(r, "threads", 0), "environ"));
	assert_true(json_is_null(json_object_get(at(r, "threads", 1), "state")));
	json_decref(o);
	json_decref(r);
}

static void the_words_are_in_order(void **state)
{
	static const char *const some[] = {"a", "mutex", "Mutex", "waits", "zombie", "libc.so.6"};

	(void)state;
	for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++)
		assert_true(redact_is_word(some[i], strlen(some[i])));
	assert_false(redact_is_word("uplinkd", 7));
	assert_false(redact_is_word("", 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_name_remains),
		cmocka_unit_test(our_own_words_remain),
		cmocka_unit_test(equal_names_stay_equal),
		cmocka_unit_test(names_of_strangers_do_not_slip_through),
		cmocka_unit_test(what_says_nothing_of_anybody_stays),
		cmocka_unit_test(what_is_not_known_is_left_out),
		cmocka_unit_test(the_words_are_in_order),
	};

	return cmocka_run_group_tests_name("report/redact", tests, NULL, NULL);
}
