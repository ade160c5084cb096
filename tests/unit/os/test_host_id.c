// SPDX-License-Identifier: GPL-2.0
/* The machine's name for us: the same as systemd makes, and never its own id. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/host_id.h"

#define ID "0123456789abcdef0123456789abcdef"

static void id_of_file(const char *text, bool machine, const char *expected)
{
	char path[] = "/tmp/locktrace-id.XXXXXX", id[HOST_ID] = "x";
	int fd = mkstemp(path);
	bool found;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	found = machine ? host_machine_id(path, HOST_ID_REPORTS, id) : host_boot_id(path, id);
	assert_int_equal(found, expected[0] != '\0');
	assert_string_equal(id, expected);
	unlink(path);
}

static void an_id_is_read_as_it_is_written(void **state)
{
	(void)state;
	id_of_file("01234567-89ab-cdef-0123-456789abcdef\n", false, ID);
	id_of_file(ID "\n", false, ID);
	id_of_file(ID, false, ID);
}

static void what_is_no_id_is_none(void **state)
{
	static const char too_long[] = ID "0\n";
	static const char *const none[] = {
		"",	  "\n",	    "uninitialized\n",
		too_long, "0123\n", "g123456789abcdef0123456789abcdef\n"};
	char id[HOST_ID];

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		id_of_file(none[i], true, "");
		id_of_file(none[i], false, "");
	}
	assert_false(host_machine_id("/no/such/file", HOST_ID_REPORTS, id));
	assert_string_equal(id, "");
}

/* openssl dgst -sha256 -mac HMAC, and the bits of a UUID of version 4. */
static void the_id_of_the_machine_stays_at_home(void **state)
{
	(void)state;
	id_of_file(ID "\n", true, "28f559b2db06412581fed023dfedbfe2");
}

/* If systemd's own tool is there, for this very machine. */
static void it_is_what_systemd_makes(void **state)
{
	FILE *in = popen("systemd-id128 machine-id "
			 "--app-specific=5309a347-4c2a-4c8c-aa72-7998da7cc5ba 2>/dev/null",
			 "r");
	char theirs[64] = "", ours[HOST_ID];

	(void)state;
	if (in && fgets(theirs, sizeof(theirs), in))
		theirs[strcspn(theirs, "\n")] = '\0';
	if (in)
		pclose(in);
	if (strlen(theirs) != HOST_ID - 1)
		skip();
	assert_true(host_machine_id(MACHINE_ID_FILE, HOST_ID_REPORTS, ours));
	assert_string_equal(ours, theirs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_id_is_read_as_it_is_written),
		cmocka_unit_test(what_is_no_id_is_none),
		cmocka_unit_test(the_id_of_the_machine_stays_at_home),
		cmocka_unit_test(it_is_what_systemd_makes),
	};

	return cmocka_run_group_tests_name("os/host_id", tests, NULL, NULL);
}
