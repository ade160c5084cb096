// SPDX-License-Identifier: GPL-2.0
/*
 * Each lock of libc is waited for, and the function that the wait is in is
 * found from the thread's stack pointer and pc. The program itself lists what
 * must be found.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sys/syscall.h>

#include "victim.h"
#include "os/parser_private.h"
#include "os/site.h"

static int open_os(void **state)
{
	static struct os os;

	*state = &os;
	return os_open(&os);
}

static int close_os(void **state)
{
	os_close(*state);
	return 0;
}

/* Names only: what there are of them. */
static int site_of(struct os *os, const struct seen *seen, char function[SITE_NAME],
		   char module[SITE_NAME])
{
	struct site site;
	int r = site_look(os->sites, os, seen, &site);

	if (r)
		return r;
	memcpy(function, site.function, SITE_NAME);
	memcpy(module, site.module, SITE_NAME);
	return 0;
}

/* Returns what site_of() does; the same when asked again, from the cache. */
static int site_in(struct os *os, const char *path, char *name, char function[SITE_NAME],
		   char module[SITE_NAME])
{
	char again[SITE_NAME] = "", again_module[SITE_NAME] = "";
	struct victim v = victim_start(path, (char *[]){(char *)path, name, NULL});
	struct seen seen;
	int tid, err;

	assert_int_equal(fscanf(v.out, "%d", &tid), 1);
	victim_look(os, v.pid, tid, SYS_futex, &seen);
	err = site_of(os, &seen, function, module);
	assert_int_equal(site_of(os, &seen, again, again_module), err);
	assert_string_equal(function, again);
	assert_string_equal(module, again_module);
	victim_end(&v);
	return err;
}

static void check_all(struct os *os, const char *program, const char *want_module)
{
	char path[PATH_MAX], name[64], want[64];
	int n = 0;
	FILE *list;

	victim_path(program, path);
	struct victim v = victim_start(path, (char *[]){path, "--list", NULL});

	list = v.out;
	while (fscanf(list, "%63s %63s", name, want) == 2) {
		char function[SITE_NAME] = "", module[SITE_NAME] = "";
		int err = site_in(os, path, name, function, module);

		if (!strcmp(want, "-") && !strcmp(want_module, "libc.so.6"))
			assert_int_equal(err, -ENOENT);
		else if (!strcmp(want, "-")) /* its own function, but no lock of libc */
			assert_string_equal(function, "own_lock");
		else
			assert_string_equal(function, want);
		if (!err)
			assert_string_equal(module, want_module);
		n++;
	}
	victim_end(&v);
	assert_true(n > 30);
}

static void each_lock_of_libc_is_named(void **state)
{
	check_all(*state, "victim_sites", "libc.so.6");
}

static void each_lock_of_a_static_program_is_named(void **state)
{
	check_all(*state, "victim_sites_static", "victim_sites_static");
}

/* Otherwise one that is starved would take its lock's kind from a wait that has not moved. */
static void what_was_known_holds_while_the_parser_does_not_answer(void **state)
{
	struct os *os = *state;
	char path[PATH_MAX], name[64], want[64], function[SITE_NAME] = "", module[SITE_NAME];
	struct victim list, v;
	struct seen seen;
	int tid;

	victim_path("victim_sites", path);
	list = victim_start(path, (char *[]){path, "--list", NULL});
	assert_int_equal(fscanf(list.out, "%63s %63s", name, want), 2);
	victim_end(&list);
	v = victim_start(path, (char *[]){path, name, NULL});
	assert_int_equal(fscanf(v.out, "%d", &tid), 1);
	victim_look(os, v.pid, tid, SYS_futex, &seen);
	assert_int_equal(site_of(os, &seen, function, module), 0);
	usleep(600000);
	os->parser->refused = true; /* whatever the reason */
	function[0] = '\0';
	assert_int_equal(site_of(os, &seen, function, module), 0);
	assert_string_equal(function, want);
	os->parser->refused = false;
	victim_end(&v);
}

/* Nothing is known of a thread that runs, or that has no user side. */
static void no_stack_no_site(void **state)
{
	struct seen seen = {.ref = {getpid(), getpid(), 0}};
	char function[SITE_NAME], module[SITE_NAME];
	struct os *os = *state;

	assert_int_equal(site_of(os, &seen, function, module), -ENOENT);
	seen.sp = 4096; /* not mapped */
	seen.pc = (uintptr_t)no_stack_no_site;
	assert_true(site_of(os, &seen, function, module) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_lock_of_libc_is_named),
		cmocka_unit_test(each_lock_of_a_static_program_is_named),
		cmocka_unit_test(no_stack_no_site),
		cmocka_unit_test(what_was_known_holds_while_the_parser_does_not_answer),
	};

	return cmocka_run_group_tests(tests, open_os, close_os);
}
