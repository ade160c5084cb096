// SPDX-License-Identifier: GPL-2.0
/* The kernel's lines about file locks, and which of them exclude each other. */
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

#include "../../../user/os/fdinfo.h"
#include "../../../user/os/file_locks.h"

static struct file_lock parsed(const char *line)
{
	struct file_lock l;

	assert_int_equal(file_lock_parse(line, &l), 0);
	return l;
}

static void lock_is_read(void **state)
{
	struct file_lock l = parsed("3: FLOCK  ADVISORY  WRITE 29918 fe:00:10961724 0 EOF\n");

	(void)state;
	assert_int_equal(l.id, 3);
	assert_false(l.waits);
	assert_int_equal(l.sort, FILE_LOCK_FLOCK);
	assert_true(l.write);
	assert_int_equal(l.pid, 29918);
	assert_int_equal(l.file.major, 0xfe);
	assert_int_equal(l.file.minor, 0);
	assert_int_equal(l.file.inode, 10961724);
	assert_int_equal(l.start, 0);
	assert_true(l.end == FILE_LOCK_EOF);
}

static void waiters_are_told_from_locks(void **state)
{
	struct file_lock l;

	(void)state;
	l = parsed("2: -> OFDLCK ADVISORY  WRITE -1 fe:00:10961725 5 14\n");
	assert_true(l.waits);
	assert_int_equal(l.sort, FILE_LOCK_OFD);
	assert_int_equal(l.pid, -1);
	assert_int_equal(l.start, 5);
	assert_int_equal(l.end, 14);
	/* four deep */
	l = parsed("2:    -> POSIX  ADVISORY  READ 30077 fe:00:10961725 7 16\n");
	assert_true(l.waits);
	assert_false(l.write);
	assert_int_equal(l.pid, 30077);
}

static void leases_are_read(void **state)
{
	struct file_lock l;

	(void)state;
	l = parsed("1: LEASE  BREAKING  UNLCK 29918 fe:00:10963208 0 EOF\n");
	assert_int_equal(l.sort, FILE_LOCK_LEASE);
	assert_true(l.breaking);
	l = parsed("1: -> LEASE  BREAKER   WRITE 30078 <none>:0 0 EOF\n");
	assert_true(l.waits);
	assert_int_equal(l.file.inode, 0);
	l = parsed("1: LEASE  ACTIVE    READ  77 00:21:5 0 EOF\n");
	assert_false(l.breaking);
	assert_false(l.write);
}

static void lines_of_fdinfo_are_the_same(void **state)
{
	struct file_lock l = parsed("lock:\t1: POSIX  ADVISORY  READ 12 08:01:99 100 199");

	(void)state;
	assert_int_equal(l.sort, FILE_LOCK_POSIX);
	assert_int_equal(l.start, 100);
	assert_int_equal(l.end, 199);
}

static void rubbish_is_refused(void **state)
{
	static const char *const lines[] = {
		"",
		"\n",
		"1:",
		"1: FLOCK",
		"pos:\t0",
		"1: SOMETHING ADVISORY READ 12 08:01:99 0 EOF",
		"1: FLOCK  ADVISORY  WRITE x 08:01:99 0 EOF",
		"-> FLOCK  ADVISORY  WRITE 1 08:01:99 0 EOF",
	};
	struct file_lock l;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_int_equal(file_lock_parse(lines[i], &l), -EPROTO);
}

static bool conflict(const char *a, const char *b)
{
	struct file_lock l = parsed(a), m = parsed(b);

	assert_int_equal(file_lock_conflicts(&l, &m), file_lock_conflicts(&m, &l));
	return file_lock_conflicts(&l, &m);
}

static void only_what_excludes_each_other_conflicts(void **state)
{
	(void)state;
#define L(sort, type, range) "1: " sort " ADVISORY " type " 1 08:01:99 " range
	assert_true(conflict(L("POSIX", "READ", "0 9"), L("POSIX", "WRITE", "9 20")));
	assert_false(conflict(L("POSIX", "READ", "0 9"), L("POSIX", "WRITE", "10 20")));
	assert_false(conflict(L("POSIX", "READ", "0 9"), L("POSIX", "READ", "0 9")));
	assert_true(conflict(L("POSIX", "WRITE", "0 EOF"), L("OFDLCK", "READ", "100 EOF")));
	assert_false(conflict(L("POSIX", "WRITE", "0 EOF"), L("FLOCK", "WRITE", "0 EOF")));
	assert_true(conflict(L("FLOCK", "WRITE", "0 EOF"), L("FLOCK", "READ", "0 EOF")));
	assert_false(
		conflict(L("FLOCK", "WRITE", "0 EOF"), "1: FLOCK ADVISORY WRITE 1 08:02:99 0 EOF"));
}

static void table_is_read_once_a_look(void **state)
{
	char dir[] = "/tmp/locktrace-locks-XXXXXX", path[64];
	const struct file_lock *all;
	struct file_locks *l;
	FILE *f;
	size_t n;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/locks", dir);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs("1: FLOCK ADVISORY WRITE 1 08:01:99 0 EOF\n1: -> FLOCK ADVISORY READ 2 08:01:99 0 "
	      "EOF\n1: NEWS FROM THE FUTURE\n",
	      f);
	fclose(f);
	fd = open(dir, O_PATH | O_DIRECTORY);
	assert_int_equal(file_locks_new(&l), 0);
	assert_int_equal(file_locks_all(l, fd, &all, &n), 0);
	assert_int_equal(n, 2);
	unlink(path);
	assert_int_equal(file_locks_all(l, fd, &all, &n), 0);
	file_locks_forget(l);
	assert_int_equal(file_locks_all(l, fd, &all, &n), -ENOENT);
	file_locks_free(l);
	close(fd);
	rmdir(dir);
}

static void numbers_of_fdinfo(void **state)
{
	static const char text[] = "pos:\t17\nflags:\t02\nino:\t1038\n"
				   "eventfd-count:                0\neventfd-id: 4\n";
	uint64_t v;

	(void)state;
	assert_true(fdinfo_number(text, "pos", &v));
	assert_int_equal(v, 17);
	assert_true(fdinfo_number(text, "eventfd-id", &v));
	assert_int_equal(v, 4);
	assert_false(fdinfo_number(text, "eventfd", &v));
	assert_false(fdinfo_number(text, "mnt_id", &v));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lock_is_read),
		cmocka_unit_test(waiters_are_told_from_locks),
		cmocka_unit_test(leases_are_read),
		cmocka_unit_test(lines_of_fdinfo_are_the_same),
		cmocka_unit_test(rubbish_is_refused),
		cmocka_unit_test(only_what_excludes_each_other_conflicts),
		cmocka_unit_test(table_is_read_once_a_look),
		cmocka_unit_test(numbers_of_fdinfo),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
