// SPDX-License-Identifier: GPL-2.0
/* What `locktrace explain` prints, and when it refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "core/rules.h"
#include "exit_status.h"

static char said[64 * 1024];

/* Runs it with these arguments, and takes what it writes to standard output. */
static int explain(const char *a, const char *b)
{
	char *argv[] = {"explain", (char *)a, (char *)b, NULL};
	FILE *file = tmpfile();
	int status, out = dup(STDOUT_FILENO);
	size_t n;

	assert_non_null(file);
	fflush(stdout);
	dup2(fileno(file), STDOUT_FILENO);
	status = cmd_explain(1 + !!a + (a && b), argv);
	fflush(stdout);
	dup2(out, STDOUT_FILENO);
	close(out);
	rewind(file);
	n = fread(said, 1, sizeof(said) - 1, file);
	said[n] = '\0';
	fclose(file);
	return status;
}

static void alone_it_lists_each_rule_once(void **state)
{
	(void)state;
	assert_int_equal(explain(NULL, NULL), 0);
	for (size_t i = 0; i < n_rules; i++) {
		char begin[64], *line;

		snprintf(begin, sizeof(begin), "\n  %s ", rules[i].name);
		line = strstr(said, begin);
		if (!line || strstr(line + 1, begin))
			fail_msg("%s is not in the list, or twice", rules[i].name);
	}
}

static void a_rule_is_explained(void **state)
{
	(void)state;
	assert_int_equal(explain("queue-full", NULL), 0);
	assert_ptr_equal(strstr(said, "queue-full: "), said);
	assert_non_null(strstr(said, "\nHow to fix\n"));
	assert_null(strchr(said, '\033')); /* a file is no terminal */
	assert_int_equal(explain("--color=always", "queue-full"), 0);
	assert_non_null(strstr(said, "\033[1mHow to fix\033[0m\n"));
	assert_int_equal(explain("queue-full", "--color=never"), 0);
	assert_null(strchr(said, '\033'));
}

static void what_is_no_rule_is_refused(void **state)
{
	(void)state;
	assert_int_equal(explain("no-such-rule", NULL), EXIT_USAGE);
	assert_string_equal(said, "");
	assert_int_equal(explain("", NULL), EXIT_USAGE);
	assert_int_equal(explain("queue-full", "pipe-full"), EXIT_USAGE);
	assert_int_equal(explain("--color=red", "queue-full"), EXIT_USAGE);
	assert_int_equal(explain("--nonsense", NULL), EXIT_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(alone_it_lists_each_rule_once),
		cmocka_unit_test(a_rule_is_explained),
		cmocka_unit_test(what_is_no_rule_is_refused),
	};

	return cmocka_run_group_tests_name("explain", tests, NULL, NULL);
}
