// SPDX-License-Identifier: GPL-2.0
/*
 * locktrace(1) and the completion against the program: whatever one of them
 * names, the others have. What is completed of options is asked in
 * tests/package/words.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "options/option_table.h"
#include "../source_file.h"

#define MAN	   "docs/man/locktrace.1"
#define CONF_MAN   "docs/man/locktrace.conf.5"
#define SAMPLE	   "user/service/locktrace.conf"
#define COMPLETION "user/service/completions/locktrace.bash"

/* As a person reads it: without the backslashes before dashes, and changes of font. */
static char *read_man(const char *path)
{
	char *text = read_file(path), *to = text;

	for (const char *from = text; *from; from++) {
		if (from[0] == '\\' && from[1] == 'f' && from[2])
			from += 2;
		else if (from[0] != '\\' || from[1] != '-')
			*to++ = *from;
	}
	*to = '\0';
	return text;
}

/* From there to the next such line. Returns a copy. */
static char *part(const char *text, const char *begin, const char *end)
{
	const char *from = strstr(text, begin), *to = from ? strstr(from + strlen(begin), end) : 0;

	if (to)
		return strndup(from, (size_t)(to - from));
	fail_msg("there is no \"%s\" with a \"%s\" behind it", begin, end);
	return NULL;
}

static bool is_of_name(char c)
{
	return isalnum((unsigned char)c) || c == '-';
}

/* Is the word there, on its own? */
static bool has_word(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = text; (at = strstr(at, word)); at++) {
		if ((at == text || !is_of_name(at[-1])) && !is_of_name(at[n]))
			return true;
	}
	return false;
}

static const struct option_row *find_row(const char *name, size_t n)
{
	for (size_t i = 0; i < n_option_rows; i++) {
		const struct option_row *row = &option_rows[i];

		if (row->help && strlen(row->name) == n && !strncmp(row->name, name, n))
			return row;
	}
	return NULL;
}

/* Each --NAME in the text must be an option. */
static void check_options(const char *where, const char *text)
{
	for (const char *at = text; (at = strstr(at, "--")); at++) {
		size_t n = 0;

		if (at != text && is_of_name(at[-1]))
			continue;
		while (is_of_name(at[2 + n]))
			n++;
		if (n && !find_row(at + 2, n))
			fail_msg("%s has --%.*s, which is no option", where, (int)n, at + 2);
		at += 1 + n;
	}
}

static void each_option_is_in_the_manual(void **state)
{
	char *man = read_man(MAN), *options = part(man, ".SH OPTIONS\n", ".SH FILTERS\n");
	char *help = NULL;
	size_t size;
	FILE *f = open_memstream(&help, &size);

	(void)state;
	assert_non_null(f);
	option_table_help(f);
	fclose(f);
	for (size_t i = 0; i < n_option_rows; i++) {
		const struct option_row *row = &option_rows[i];
		char name[64], letter[] = {'-', (char)row->opt, '\0'};

		snprintf(name, sizeof(name), "--%s", row->name);
		if (!row->help) {
			assert_false(has_word(help, name));
			continue;
		}
		assert_true(has_word(help, name));
		if (!has_word(options, name))
			fail_msg("%s: --%s is missing under OPTIONS", MAN, row->name);
		if (row->opt < OPT_ONCE && !has_word(options, letter))
			fail_msg("%s: %s is missing under OPTIONS", MAN, letter);
		if (row->value && !has_word(options, row->value))
			fail_msg("%s: --%s has no %s there", MAN, row->name, row->value);
	}
	check_options(MAN, options);
	check_options(MAN, strstr(man, ".SH FILTERS\n"));
	free(man);
	free(options);
	free(help);
}

#define COMMAND_NAME(name, words) #name,

static void each_command_is_in_both(void **state)
{
	static const char *const names[] = {COMMANDS(COMMAND_NAME)};
	char *man = read_man(MAN), *completion = read_file(COMPLETION);
	char *commands = part(man, ".SH COMMANDS\n", ".SH OPTIONS\n");
	char *list = part(completion, "((cword == 1))", "fi\n");

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!has_word(commands, names[i]))
			fail_msg("%s: %s is missing under COMMANDS", MAN, names[i]);
		if (!has_word(list, names[i]))
			fail_msg("%s: %s is missing", COMPLETION, names[i]);
	}
	free(man);
	free(completion);
	free(commands);
	free(list);
}

static void each_exit_status_is_in_the_manual(void **state)
{
	char *man = read_man(MAN), *table = part(man, ".SH EXIT STATUS\n", ".TE\n");
	char *source = read_file("user/exit_status.h");
	int n = 0, rows = 0;

	(void)state;
	for (const char *at = source; (at = strstr(at, "\tEXIT_")); at++, n++) {
		int status;
		char row[16];

		assert_int_equal(sscanf(at, "\tEXIT_%*[A-Z_] = %d,", &status), 1);
		snprintf(row, sizeof(row), "\n%d\t", status);
		if (!strstr(table, row))
			fail_msg("%s: exit status %d is missing", MAN, status);
	}
	for (const char *at = table; (at = strstr(at, "\n")); at++)
		rows += isdigit((unsigned char)at[1]) != 0;
	assert_true(n > 0);
	assert_int_equal(rows, n);
	free(man);
	free(table);
	free(source);
}

/* What the service does without being asked; all else in the sample is commented out. */
static bool set_in_sample(const char *name)
{
	return strcmp(name, "spool") == 0 || strcmp(name, "metrics-file") == 0;
}

/* A key of the sample is at the beginning of a comment without a blank: "#key = ". */
static void each_key_is_in_the_sample(void **state)
{
	char *text = read_file(SAMPLE);
	size_t n = 0, keys = 0;

	(void)state;
	for (size_t i = 0; i < n_option_rows; i++) {
		char line[64];

		keys += option_has_key(&option_rows[i]);
		bool set = set_in_sample(option_rows[i].name);

		snprintf(line, sizeof(line), "\n%s%s = ", set ? "" : "#", option_rows[i].name);
		n += set;
		if (option_has_key(&option_rows[i]) && !strstr(text, line))
			fail_msg("%s: there is no %s", SAMPLE, line);
	}
	for (char *at = text; (at = strstr(at, "\n#")); at++)
		n += at[2] != ' ' && at[2] != '\n' && at[2] != '\t';
	assert_int_equal(n, keys);
	free(text);
}

static void each_key_is_in_its_manual(void **state)
{
	char *man = read_man(CONF_MAN), *keys = part(man, ".SH KEYS\n", ".SH FILES\n");

	(void)state;
	for (size_t i = 0; i < n_option_rows; i++) {
		if (!option_rows[i].help)
			continue;
		if (option_has_key(&option_rows[i]) != has_word(keys, option_rows[i].name))
			fail_msg("%s: KEYS: %s", CONF_MAN, option_rows[i].name);
	}
	free(man);
	free(keys);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_option_is_in_the_manual),
		cmocka_unit_test(each_command_is_in_both),
		cmocka_unit_test(each_key_is_in_the_sample),
		cmocka_unit_test(each_key_is_in_its_manual),
		cmocka_unit_test(each_exit_status_is_in_the_manual),
	};

	return cmocka_run_group_tests_name("docs", tests, NULL, NULL);
}
