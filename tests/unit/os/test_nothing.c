// SPDX-License-Identifier: GPL-2.0
/* Children get a file to read nothing from, also where there are no devices. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/nothing.h"

/* Returns 0, or which line was not so. */
static int try_it(void)
{
	char byte;
	int fd = nothing_open();

	if (fd < 3)
		return __LINE__;
	if (write(fd, "x", 1) == 1 && lseek(fd, 0, SEEK_SET) != 0)
		return __LINE__;
	if (read(fd, &byte, 1) != 0)
		return __LINE__;
	return close(fd) == 0 ? 0 : __LINE__;
}

static void there_is_always_something_to_read_nothing_from(void **state)
{
	char dir[] = "/tmp/test_nothing.XXXXXX";
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(try_it(), 0);
	if (geteuid() != 0)
		skip();
	assert_non_null(mkdtemp(dir));
	pid = fork();
	if (pid == 0)
		_exit(chroot(dir) != 0 || chdir("/") != 0 ? 255 : try_it());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	rmdir(dir);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_is_always_something_to_read_nothing_from),
	};

	return cmocka_run_group_tests_name("nothing", tests, NULL, NULL);
}
