// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "os/ksyms.h"

/* A made-up /proc with just this file in it. */
static int open_with(const char *text, struct ksyms **ret)
{
	char dir[] = "/tmp/ksyms-test-XXXXXX", path[64];
	int dir_fd, err;
	FILE *out;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/kallsyms", dir);
	out = fopen(path, "w");
	assert_non_null(out);
	fputs(text, out);
	fclose(out);
	dir_fd = open(dir, O_RDONLY | O_DIRECTORY);
	err = ksyms_new(dir_fd, ret);
	close(dir_fd);
	unlink(path);
	rmdir(dir);
	return err;
}

static const char table[] =
	"0000000000000000 A fixed_percpu_data\n"
	"ffffffff81000000 T _text\n"
	"ffffffff81000000 T startup_64\n"
	"ffffffffc0200000 t unix_wait_for_peer\t[unix]\n"
	"ffffffff81200000 t do_msgsnd\n"
	"ffffffff81200400 W do_msgrcv\n"
	"ffffffff81200800 D some_data\n"
	"ffffffff81200900 T a_name_that_is_longer_than_what_a_kernel_frame_has_room_for\n"
	"ffffffff81200a00 T next\n"
	"nonsense\n"
	"ffffffffc0200100 d the_end\t[unix]\n";

static void assert_name(const struct ksyms *k, uint64_t addr, const char *function,
			const char *module)
{
	struct ksyms_name name;

	assert_int_equal(ksyms_name(k, addr, &name), 0);
	assert_string_equal(name.function, function);
	assert_string_equal(name.module, module);
}

static void addresses_get_their_function(void **state)
{
	struct ksyms *k;

	(void)state;
	assert_int_equal(open_with(table, &k), 0);
	assert_name(k, 0xffffffff81200123, "do_msgsnd", "");
	assert_name(k, 0xffffffff81200400, "do_msgrcv", "");
	assert_name(k, 0xffffffff81000000, "_text", "");
	assert_name(k, 0xffffffffc02000ff, "unix_wait_for_peer", "unix");
	ksyms_free(k);
}

static void what_is_no_code_has_no_name(void **state)
{
	struct ksyms *k;
	struct ksyms_name name;

	(void)state;
	assert_int_equal(open_with(table, &k), 0);
	assert_int_equal(ksyms_name(k, 0xffffffff81200810, &name), -ENOENT);
	assert_int_equal(ksyms_name(k, 0xffffffff80000000, &name), -ENOENT);
	assert_int_equal(ksyms_name(k, 0xffffffffffffffff, &name), -ENOENT);
	ksyms_free(k);
}

static void hidden_addresses_are_refused(void **state)
{
	struct ksyms *k = NULL;

	(void)state;
	assert_int_equal(open_with("0000000000000000 T _text\n0000000000000000 t f\n", &k), -EPERM);
	assert_int_equal(open_with("", &k), -EPERM);
	assert_null(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_get_their_function),
		cmocka_unit_test(what_is_no_code_has_no_name),
		cmocka_unit_test(hidden_addresses_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
